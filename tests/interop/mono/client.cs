// SPDX-License-Identifier: Apache-2.0
// The rows of mono_test.py, on the class that proxy.cs made from the served WSDL.
using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Web.Services.Protocols;
using Ews;

class Client
{
	const string Text = "<p>Grüße &amp; 日本語 👩‍👩‍👧</p> ]]> & <b>\n";
	static string user, password, other, robot, picture;

	static ExchangeServices Service(string name = null, string secret = null)
	{
		return new ExchangeServices { Credentials =
			new NetworkCredential(name ?? user, secret ?? password) };
	}

	static GetUserOofSettingsResponse Get(ExchangeServices service, string address = null)
	{
		return service.GetUserOofSettings(new GetUserOofSettingsRequest {
			Mailbox = new EmailAddress { Address = address ?? user } });
	}

	static ResponseMessageType Set(ExchangeServices service, OofState state,
		ExternalAudience audience, Duration when, string address = null)
	{
		return service.SetUserOofSettings(new SetUserOofSettingsRequest {
			Mailbox = new EmailAddress { Address = address ?? user },
			UserOofSettings = new UserOofSettings {
				OofState = state, ExternalAudience = audience, Duration = when,
				InternalReply = new ReplyBody { Message = Text },
				ExternalReply = new ReplyBody { Message = "" } } }).ResponseMessage;
	}

	static void Equal<T>(T got, T wanted)
	{
		if (!EqualityComparer<T>.Default.Equals(got, wanted))
			throw new Exception("got " + got + ", wanted " + wanted);
	}

	static SoapException Fault(Action act)
	{
		try {
			act();
		} catch (SoapException e) {
			return e;
		}
		throw new Exception("not refused");
	}

	static void States()
	{
		var me = Service();
		foreach (OofState state in new[] { OofState.Enabled, OofState.Disabled })
			foreach (ExternalAudience audience in Enum.GetValues(typeof(ExternalAudience))) {
				Equal(Set(me, state, audience, null).ResponseCode, ResponseCodeType.NoError);
				var got = Get(me).OofSettings;
				Equal(got.OofState, state);
				Equal(got.ExternalAudience, audience);
				Equal(got.InternalReply.Message, Text);
			}
	}

	static void Schedule()
	{
		var start = new DateTime(2099, 3, 1, 8, 0, 0, DateTimeKind.Utc);
		Set(Service(), OofState.Scheduled, ExternalAudience.All,
			new Duration { StartTime = start.ToLocalTime(), EndTime = start.AddDays(7) });
		var got = Get(Service()).OofSettings.Duration;
		Equal(got.StartTime.ToUniversalTime(), start);
		Equal(got.EndTime.ToUniversalTime(), start.AddDays(7));
	}

	static void Refused()
	{
		var answer = Set(Service(), OofState.Scheduled, ExternalAudience.All, null);
		Equal(answer.ResponseClass, ResponseClassType.Error);
		Equal(answer.ResponseCode, ResponseCodeType.ErrorInvalidScheduledOofDuration);
	}

	static void Colleague()
	{
		var fault = Fault(() => Get(Service(), other));
		Equal(fault.Code.Name, "Client");
		Equal(fault.Message.Contains("not mailbox owner"), true);
		Equal(fault.Detail.InnerXml.Contains("ErrorAccessDenied"), true);
	}

	static void WrongPassword()
	{
		try {
			Get(Service(user, "wrong"));
		} catch (WebException e) {
			Equal(((HttpWebResponse)e.Response).StatusCode, HttpStatusCode.Unauthorized);
			return;
		}
		throw new Exception("not refused");
	}

	static void Versions()
	{
		var me = Service();
		me.RequestServerVersionValue = new RequestServerVersion { Version = "Exchange2007_SP1" };
		Get(me);
		Equal(me.ServerVersionInfoValue.MajorVersion, 15);
	}

	static void Impersonation()
	{
		var me = Service(robot);
		me.ExchangeImpersonation = new ExchangeImpersonationType {
			ConnectingSID = new ConnectingSIDType {
				Item = other, ItemElementName = ItemChoiceType.PrimarySmtpAddress } };
		Set(me, OofState.Enabled, ExternalAudience.Known, null, other);
		Equal(Get(me, other).OofSettings.ExternalAudience, ExternalAudience.Known);
	}

	static void Photo()
	{
		var ask = new GetUserPhotoType { Email = user, SizeRequested = "HR96x96" };
		Equal(Service().SetUserPhoto(new SetUserPhotoType { Email = user,
			Content = Convert.ToBase64String(File.ReadAllBytes(picture)) }).ResponseCode,
			ResponseCodeType.NoError);
		var got = Service().GetUserPhoto(ask);
		Equal(got.ContentType, "image/jpeg");
		Equal(got.PictureData[0], (byte)0xff);
	}

	static void Main(string[] args)
	{
		var pinned = new X509Certificate(args[0]).GetCertHashString();
		user = args[1];
		password = args[2];
		other = args[3];
		robot = args[4];
		picture = args[5];
		ServicePointManager.ServerCertificateValidationCallback =
			(sender, certificate, chain, errors) => certificate.GetCertHashString() == pinned;
		var rows = new Dictionary<string, Action> {
			{ "states", States }, { "schedule", Schedule }, { "refused", Refused },
			{ "colleague", Colleague }, { "password", WrongPassword },
			{ "versions", Versions }, { "impersonation", Impersonation },
			{ "photo", Photo } };
		foreach (var row in rows) {
			var result = "fine";
			try {
				row.Value();
			} catch (Exception e) {
				result = e.ToString().Replace('\n', ' ').Replace('\t', ' ');
			}
			Console.WriteLine(row.Key + "\t" + result);
		}
	}
}
