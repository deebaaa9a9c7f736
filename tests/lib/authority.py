# SPDX-License-Identifier: Apache-2.0
"""Certificates for tests, by openssl(1): an authority, and what it signs."""
import os
import subprocess


def _openssl(*argv):
    subprocess.run(["openssl", *argv], check=True, capture_output=True)


class Authority:
    def __init__(self, folder, name="Test CA"):
        self.folder = folder
        self.n = 0
        self.ca = os.path.join(folder, f"{name.replace(' ', '-')}.pem")
        self.key = self.ca + ".key"
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-subj", f"/CN={name}", "-days", "30", "-keyout", self.key, "-out", self.ca)

    def sign(self, *names, days=20):
        """(certificate, key): files. days < 0: it has ended."""
        self.n += 1
        base = os.path.join(self.folder, f"{os.path.basename(self.ca)}-{self.n}")
        pem, key, request, more = base + ".pem", base + ".key", base + ".csr", base + ".ext"
        with open(more, "w") as f:
            f.write("subjectAltName=" + ",".join(
                ("IP:" if n.replace(".", "").isdigit() else "DNS:") + n for n in names) + "\n")
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-subj", f"/CN={names[0]}", "-keyout", key, "-out", request)
        _openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.key,
                 "-CAcreateserial", "-days", str(days), "-extfile", more, "-out", pem)
        return pem, key
