// SPDX-License-Identifier: Apache-2.0
// What "Add Web Reference" does: makes a class in C# from a WSDL and its schemas.
// usage: proxy.exe WSDL OUTPUT SCHEMA...
using System;
using System.CodeDom;
using System.IO;
using System.Web.Services.Description;
using System.Xml.Schema;
using Microsoft.CSharp;

class Proxy
{
	static int Main(string[] args)
	{
		var importer = new ServiceDescriptionImporter();
		importer.Style = ServiceDescriptionImportStyle.Client;
		importer.AddServiceDescription(ServiceDescription.Read(args[0]), null, null);
		for (int i = 2; i < args.Length; i++)
			using (var reader = new StreamReader(args[i]))
				importer.Schemas.Add(XmlSchema.Read(reader, null));
		var space = new CodeNamespace("Ews");
		var unit = new CodeCompileUnit();
		unit.Namespaces.Add(space);
		var warnings = importer.Import(space, unit);
		using (var output = new StreamWriter(args[1]))
			new CSharpCodeProvider().GenerateCodeFromCompileUnit(unit, output, null);
		Console.WriteLine("warnings: " + warnings);
		return warnings == 0 ? 0 : 1;
	}
}
