// SPDX-License-Identifier: Apache-2.0
// The rows of node_ews_test.py.
'use strict';

const assert = require('assert');
const { mkdtempSync, rmSync } = require('fs');
const { tmpdir } = require('os');
const { join } = require('path');
const { port, user, password, other, rows, refusal } = require('./home');
const EWS = require('node-ews');

const temp = mkdtempSync(join(tmpdir(), 'frontdesk-node-ews-'));
process.on('exit', () => rmSync(temp, { recursive: true, force: true }));

function client(secret = password) {
	return new EWS({ username: user, password: secret, auth: 'basic', temp,
		host: `https://mail.example.com:${port}` });
}

const get = (address, secret) => client(secret).run('GetUserOofSettings',
	{ Mailbox: { Address: address } });

function set(settings) {
	return client().run('SetUserOofSettings', { Mailbox: { Address: user }, UserOofSettings: settings },
		{ 't:RequestServerVersion': { attributes: { Version: 'Exchange2010' } } });
}

rows({
	async wsdl() {
		const got = await get(user);
		assert.strictEqual(got.ResponseMessage.attributes.ResponseClass, 'Success');
		assert.strictEqual(got.OofSettings.OofState, 'Disabled');
	},
	async states() {
		for (const OofState of ['Enabled', 'Disabled']) {
			for (const ExternalAudience of ['None', 'Known', 'All']) {
				const answer = await set({ OofState, ExternalAudience,
					InternalReply: { Message: 'in' }, ExternalReply: { Message: 'out' } });
				assert.strictEqual(answer.ResponseMessage.ResponseCode, 'NoError');
				const got = (await get(user)).OofSettings;
				assert.deepStrictEqual([got.OofState, got.ExternalAudience],
					[OofState, ExternalAudience]);
			}
		}
	},
	async schedule() {
		await set({ OofState: 'Scheduled', ExternalAudience: 'All', Duration: {
			StartTime: '2099-03-01T08:00:00.000Z', EndTime: '2099-03-08T17:00:00.000Z' },
		InternalReply: { Message: 'in' }, ExternalReply: { Message: 'out' } });
		const got = (await get(user)).OofSettings.Duration;
		assert.deepStrictEqual([+new Date(got.StartTime), +new Date(got.EndTime)],
			[Date.UTC(2099, 2, 1, 8), Date.UTC(2099, 2, 8, 17)]);
	},
	async text() {
		const Message = '<p>Grüße &amp; 日本語 👩‍👩‍👧</p> ]]> & <b>';
		await set({ OofState: 'Enabled', ExternalAudience: 'All',
			InternalReply: { Message }, ExternalReply: { Message: '' } });
		assert.strictEqual((await get(user)).OofSettings.InternalReply.Message, Message);
	},
	async refused() {
		const answer = await set({ OofState: 'Scheduled', ExternalAudience: 'All', Duration: {
			StartTime: '2099-03-08T08:00:00Z', EndTime: '2099-03-01T17:00:00Z' } });
		assert.strictEqual(answer.ResponseMessage.ResponseCode, 'ErrorInvalidScheduledOofDuration');
	},
	async colleague() {
		const e = await refusal(get(other));
		assert.match(String(e && e.message || e), /not mailbox owner/);
	},
	async token() {
		const me = new EWS({ username: user, token: process.env.TOKEN, auth: 'bearer', temp,
			host: `https://mail.example.com:${port}` });
		const got = await me.run('GetUserOofSettings', { Mailbox: { Address: user } });
		assert.strictEqual(got.ResponseMessage.ResponseCode, 'NoError');
	},
	async password() {
		await refusal(get(user, 'wrong'));
	},
});
