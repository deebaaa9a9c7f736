# SPDX-License-Identifier: Apache-2.0
"""The tables in which mail servers keep their people, as far as Frontdesk reads
them: columns are named and typed as there, by PostfixAdmin 3.3, mailcow of 2024
and iRedMail 1.7; what else they have is left out."""

BOOLEAN = {"sqlite": "tinyint(1)", "postgresql": "boolean", "mysql": "tinyint(1)"}
TRUE = {"sqlite": "1", "postgresql": "true", "mysql": "1"}
FALSE = {"sqlite": "0", "postgresql": "false", "mysql": "0"}


def quoted(text, driver):
    text = text.replace("'", "''")
    return "'" + (text.replace("\\", "\\\\") if driver == "mysql" else text) + "'"


class PostfixAdmin:
    preset = "postfixadmin"

    def __init__(self, driver):
        self.driver = driver

    def tables(self):
        flag = BOOLEAN[self.driver]
        return f"""
CREATE TABLE domain (domain varchar(255) PRIMARY KEY, active {flag} NOT NULL);
CREATE TABLE mailbox (username varchar(255) PRIMARY KEY, password varchar(255) NOT NULL,
    name varchar(255) NOT NULL, local_part varchar(255) NOT NULL,
    domain varchar(255) NOT NULL, active {flag} NOT NULL);
CREATE TABLE alias (address varchar(255) PRIMARY KEY, goto text NOT NULL,
    domain varchar(255) NOT NULL, active {flag} NOT NULL);
CREATE TABLE alias_domain (alias_domain varchar(255) PRIMARY KEY,
    target_domain varchar(255) NOT NULL, active {flag} NOT NULL);
"""

    def flag(self, value):
        return (TRUE if value else FALSE)[self.driver]

    def domain(self, name, active=True):
        return f"INSERT INTO domain VALUES ('{name}', {self.flag(active)});\n"

    def person(self, address, name, password, active=True):
        local, domain = address.split("@")
        q = [quoted(t, self.driver) for t in (address, password, name, local, domain)]
        return f"INSERT INTO mailbox VALUES ({', '.join(q)}, {self.flag(active)});\n" + \
            self.alias(address, [address])

    def alias(self, address, to, active=True):
        q = [quoted(t, self.driver) for t in (address, ",".join(to), address.split("@")[1])]
        return f"INSERT INTO alias VALUES ({', '.join(q)}, {self.flag(active)});\n"

    def alias_domain(self, name, target):
        return f"INSERT INTO alias_domain VALUES ('{name}', '{target}', {self.flag(True)});\n"


class Mailcow(PostfixAdmin):
    """active is a number there: 2 is somebody who may not log in."""
    preset = "mailcow"

    def tables(self):
        return """
CREATE TABLE domain (domain varchar(255) PRIMARY KEY, active tinyint(1) NOT NULL);
CREATE TABLE mailbox (username varchar(255) PRIMARY KEY, password varchar(255) NOT NULL,
    name varchar(255), local_part varchar(255) NOT NULL, domain varchar(255) NOT NULL,
    active tinyint(1) NOT NULL DEFAULT 1, attributes JSON);
CREATE TABLE alias (id int PRIMARY KEY AUTO_INCREMENT, address varchar(255) NOT NULL UNIQUE,
    goto text NOT NULL, domain varchar(255) NOT NULL, active tinyint(1) NOT NULL DEFAULT 1);
CREATE TABLE alias_domain (alias_domain varchar(255) PRIMARY KEY,
    target_domain varchar(255) NOT NULL, active tinyint(1) NOT NULL DEFAULT 1);
"""

    def flag(self, value):
        return str(int(value))

    def person(self, address, name, password, active=True, must_change=False):
        local, domain = address.split("@")
        q = [quoted(t, self.driver) for t in (
            address, password, name, local, domain)]
        attributes = '{"force_pw_update": "%d", "imap_access": "1"}' % must_change
        return f"INSERT INTO mailbox VALUES ({', '.join(q)}, {self.flag(active)}, " \
            f"'{attributes}');\n" + self.alias(address, [address])

    def alias(self, address, to, active=True):
        q = [quoted(t, self.driver) for t in (address, ",".join(to), address.split("@")[1])]
        return "INSERT INTO alias (address, goto, domain, active) VALUES " \
            f"({', '.join(q)}, {self.flag(active)});\n"


class IRedMail(PostfixAdmin):
    """forwardings has a row for each address that one goes to."""
    preset = "iredmail"

    def tables(self):
        timestamp = "TIMESTAMP NOT NULL DEFAULT '9999-12-31 01:01:01'" \
            if self.driver == "postgresql" else "DATETIME NOT NULL DEFAULT '9999-12-31 01:01:01'"
        number = "INT2 NOT NULL DEFAULT" if self.driver == "postgresql" \
            else "TINYINT(1) NOT NULL DEFAULT"
        return f"""
CREATE TABLE domain (domain VARCHAR(255) PRIMARY KEY, active {number} 1);
CREATE TABLE mailbox (username VARCHAR(255) PRIMARY KEY, password VARCHAR(255) NOT NULL,
    name VARCHAR(255) NOT NULL, domain VARCHAR(255) NOT NULL, enableimap {number} 1,
    expired {timestamp}, active {number} 1);
CREATE TABLE forwardings (address VARCHAR(255) NOT NULL, forwarding VARCHAR(255) NOT NULL,
    is_maillist {number} 0, is_list {number} 0, is_forwarding {number} 0, is_alias {number} 0,
    active {number} 1);
CREATE TABLE alias_domain (alias_domain VARCHAR(255) PRIMARY KEY,
    target_domain VARCHAR(255) NOT NULL, active {number} 1);
"""

    def flag(self, value):
        return str(int(value))

    def person(self, address, name, password, active=True, expired=None):
        q = [quoted(t, self.driver) for t in (address, password, name, address.split("@")[1])]
        return "INSERT INTO mailbox (username, password, name, domain, expired, active) VALUES " \
            f"({', '.join(q)}, '{expired or '9999-12-31 01:01:01'}', {self.flag(active)});\n" + \
            self._forward(address, address, "is_forwarding", True)

    def _forward(self, address, to, kind, active):
        q = [quoted(t, self.driver) for t in (address, to)]
        return f"INSERT INTO forwardings (address, forwarding, {kind}, active) VALUES " \
            f"({', '.join(q)}, 1, {self.flag(active)});\n"

    def alias(self, address, to, active=True):
        return "".join(self._forward(address, t, "is_alias" if len(to) == 1 else "is_list", active)
                       for t in to)
