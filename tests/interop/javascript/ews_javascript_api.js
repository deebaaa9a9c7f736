// SPDX-License-Identifier: Apache-2.0
// The rows of ews_javascript_api_test.py.
'use strict';

const assert = require('assert');
const { port, user, password, other, rows, refusal } = require('./home');
const ews = require('ews-javascript-api');
const { DateTime, ExchangeVersion, OofExternalAudience, OofReply, OofSettings,
	OofState, ServiceError, TimeWindow } = ews;

ews.EwsLogging.DebugLogEnabled = false;

function service(version = ExchangeVersion.Exchange2013_SP1, secret = password) {
	const s = new ews.ExchangeService(version);
	s.Credentials = new ews.WebCredentials(user, secret);
	s.Url = new ews.Uri(`https://mail.example.com:${port}/EWS/Exchange.asmx`);
	return s;
}

function settings(state, audience, internal = 'in', external = 'out') {
	const s = new OofSettings();
	s.State = state;
	s.ExternalAudience = audience;
	s.InternalReply = new OofReply(internal);
	s.ExternalReply = new OofReply(external);
	if (state === OofState.Scheduled) {
		s.Duration = new TimeWindow(new DateTime('2099-03-01T08:00:00Z'),
			new DateTime('2099-03-08T17:00:00Z'));
	}
	return s;
}

async function written(sent) {
	await service().SetUserOofSettings(user, sent);
	return service().GetUserOofSettings(user);
}

async function version(number) {
	const got = await service(number).GetUserOofSettings(user);
	assert.strictEqual(OofExternalAudience[got.ExternalAudience], 'All');
}

// This library writes text into XML as it is: its callers have to escape.
const escaped = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

rows({
	async never_set() {
		const got = await service().GetUserOofSettings(user);
		assert.strictEqual(got.State, OofState.Disabled);
		assert.strictEqual(got.ExternalAudience, OofExternalAudience.All);
		assert.strictEqual(got.AllowExternalOof, OofExternalAudience.All);
		assert.ok(got.Duration.EndTime.ToISOString() > got.Duration.StartTime.ToISOString());
	},
	async states() {
		for (const state of [OofState.Disabled, OofState.Enabled, OofState.Scheduled]) {
			for (const audience of [OofExternalAudience.None, OofExternalAudience.Known,
				OofExternalAudience.All]) {
				const got = await written(settings(state, audience));
				assert.deepStrictEqual([got.State, got.ExternalAudience], [state, audience]);
			}
		}
	},
	async schedule() {
		const got = await written(settings(OofState.Scheduled, OofExternalAudience.All));
		assert.strictEqual(got.Duration.StartTime.ToISOString(), '2099-03-01T08:00:00.000Z');
		assert.strictEqual(got.Duration.EndTime.ToISOString(), '2099-03-08T17:00:00.000Z');
	},
	async unicode() {
		const text = 'Grüße, 日本語, العربية, 👩‍👩‍👧 "quoted"';
		const got = await written(settings(OofState.Enabled, OofExternalAudience.All, text, text));
		assert.strictEqual(got.InternalReply.Message, text);
		assert.strictEqual(got.ExternalReply.Message, text);
	},
	async html() {
		const text = '<p>Back &amp; forth</p>';
		const got = await written(settings(OofState.Enabled, OofExternalAudience.All,
			escaped(text), 'out'));
		assert.strictEqual(got.InternalReply.Message, text);
	},
	async unescaped() {
		const text = 'stays';
		await written(settings(OofState.Enabled, OofExternalAudience.All, text, text));
		const e = await refusal(service().SetUserOofSettings(user, settings(OofState.Enabled,
			OofExternalAudience.All, '<p>Back soon</p>', 'out')));
		assert.strictEqual(e.responseCode, ServiceError.ErrorSchemaValidation);
		assert.strictEqual((await service().GetUserOofSettings(user)).InternalReply.Message, text);
	},
	async culture() {
		const sent = settings(OofState.Enabled, OofExternalAudience.All);
		sent.InternalReply.Culture = 'de-AT';
		const got = await written(sent);
		assert.strictEqual(got.InternalReply.Culture, 'de-AT');
	},
	async colleague() {
		const e = await refusal(service().GetUserOofSettings(other));
		assert.strictEqual(e.responseCode, ServiceError.ErrorAccessDenied);
	},
	async password() {
		const e = await refusal(service(undefined, 'wrong').GetUserOofSettings(user));
		assert.ok(/401/.test(e.message + JSON.stringify(e)), e.message);
	},
	versions: () => Promise.all([ExchangeVersion.Exchange2007_SP1, ExchangeVersion.Exchange2010_SP2,
		ExchangeVersion.Exchange2013, ExchangeVersion.Exchange2015, ExchangeVersion.Exchange2016]
		.map(version)),
	async token() {
		const s = service();
		s.Credentials = new ews.OAuthCredentials(process.env.TOKEN);
		assert.strictEqual((await s.GetUserOofSettings(user)).AllowExternalOof,
			OofExternalAudience.All);
	},
	async application() {
		const s = service();
		s.Credentials = new ews.OAuthCredentials(process.env.APPLICATION);
		s.ImpersonatedUserId = new ews.ImpersonatedUserId(
			ews.ConnectingIdType.PrincipalName, user);
		await s.SetUserOofSettings(user, settings(OofState.Enabled, OofExternalAudience.All,
			'by the board', 'out'));
		assert.strictEqual((await service().GetUserOofSettings(user)).InternalReply.Message,
			'by the board');
	},
	async impersonation() {
		const s = service();
		s.Credentials = new ews.WebCredentials(process.env.ROBOT, password);
		for (const who of [user, other]) {
			s.ImpersonatedUserId = new ews.ImpersonatedUserId(
				ews.ConnectingIdType.SmtpAddress, who);
			await s.SetUserOofSettings(who, settings(OofState.Enabled,
				OofExternalAudience.All, who, 'out'));
			assert.strictEqual((await s.GetUserOofSettings(who)).InternalReply.Message, who);
		}
	},
	async no_impersonation() {
		const s = service();
		s.ImpersonatedUserId = new ews.ImpersonatedUserId(ews.ConnectingIdType.SmtpAddress, other);
		const e = await refusal(s.GetUserOofSettings(other));
		assert.strictEqual(e.responseCode, ServiceError.ErrorImpersonateUserDenied);
	},
	async discovery() {
		const s = service();
		s.Url = null;
		await s.AutodiscoverUrl(user, () => false);
		assert.strictEqual(s.Url.AbsoluteUri || s.Url.toString(),
			`https://mail.example.com:${port}/EWS/Exchange.asmx`);
	},
	async user_settings() {
		const s = new ews.AutodiscoverService(new ews.Uri(
			`https://mail.example.com:${port}/autodiscover/autodiscover.svc`),
		ExchangeVersion.Exchange2013);
		s.Credentials = new ews.WebCredentials(user, password);
		const ask = [ews.UserSettingName.UserDisplayName, ews.UserSettingName.ExternalEwsUrl];
		const got = await s.GetUsersSettings([other, 'nobody@example.com'], ...ask);
		const [first, second] = got.Responses;
		assert.strictEqual(first.ErrorCode, ews.AutodiscoverErrorCode.NoError);
		assert.ok(/asmx$/.test(first.GetSettingValue(ews.UserSettingName.ExternalEwsUrl)));
		assert.strictEqual(second.ErrorCode, ews.AutodiscoverErrorCode.InvalidUser);
	},
	async names() {
		const found = await service().ResolveName('hopper', ews.ResolveNameSearchLocation.DirectoryOnly,
			false);
		assert.strictEqual(found.Count, 1);
		assert.strictEqual(found._getItem(0).Mailbox.Address, other);
	},
	async server_info() {
		const s = service();
		await s.GetUserOofSettings(user);
		assert.strictEqual(s.ServerInfo.MajorVersion, 15);
	},
});
