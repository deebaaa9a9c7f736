// SPDX-License-Identifier: Apache-2.0
// What the programs of this folder share. In this process the names of the
// site's domain lead to loopback, as a hosts file would, and there are no others.
'use strict';

const net = require('net');
const [,, port, user, password, other] = process.argv;

const home = /(^|\.)example\.com$/i;

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
	const options = Array.isArray(args[0]) ? args[0][0] : args[0];
	if (home.test(options.host)) {
		options.host = '127.0.0.1';
		options.port = Number(options.port) === 443 ? Number(port) : options.port;
	} else if (!['localhost', '127.0.0.1'].includes(options.host)) {
		throw new Error(`no such name here: ${options.host}`);
	}
	return connect.apply(this, args);
};

// Runs the rows one after another and tells of each.
async function rows(list) {
	for (const [name, proof] of Object.entries(list)) {
		let result = 'fine';
		try {
			await proof();
		} catch (e) {
			result = String(e && e.stack || e).replace(/\s+/g, ' ').slice(0, 600);
		}
		console.log(`${name}\t${result}`);
	}
	process.exit(0);
}

// What a promise is refused with; it must be.
async function refusal(promise) {
	let value;
	try {
		value = await promise;
	} catch (e) {
		return e;
	}
	throw new Error(`not refused: ${JSON.stringify(value)}`);
}

module.exports = { port, user, password, other, rows, refusal };
