import assert from 'node:assert/strict';
import { HpduDevice, type HpduOptions } from './index.js';
import { asker, authorizationOf } from './test-client.js';

/** Each save group with what it takes, in the order of chapter 4.4. */
const SAVED = {
	'ethernet/access': 'etaips_1=127.0.0.0&etaips_2=0.0.0.0&etaips_3=0.0.0.0&etaipm_1=8&etaipm_2=0&etaipm_3=0',
	'ethernet/mode': 'ethmod=7',
	ethernet:
		'etdhen=0&etdhfb=1&etdhfd=30&etsip4=10.0.0.5&etsnm4=255.0.0.0&etsgw4=10.0.0.1&etsdn1=10.0.0.1&etsdn2=0.0.0.0&etshnm=pdu-5',
	'snmp/traps': 'sntrds=1&sntrta=1&sntric=1&sntroc=1&sntrod=0&sntrid=0&sntraf=0&sntrnc=0&sntrsc=0&sntrrc=1',
	snmp: 'snmpv1=1&snmplp=161&snmptp=162&sntrap=1&sndst1=10.0.0.9&sndst2=&snmpro=1&sncmpb=public&sncmpr=secret&sncmtr=traps',
	modbus: 'mbtcen=1&mbtcpo=502&mbtcro=1',
	http: 'hthpen=1&hthppo=8080&hthsen=0&hthspo=443',
	ipapi: 'iaenab=1&iarc4k=foobarfizzzbuzzz',
} as const;

function make(options: HpduOptions = {}) {
	const device = new HpduDevice({ startAt: 1_795_200_769_000, ...options });
	return { device, ask: asker(device) };
}

describe('save groups of the stand-in hPDU', () => {
	for (const [group, body] of Object.entries(SAVED)) {
		const fields = body.split('&');

		it(`/save/${group} takes all its keys and tells them`, () => {
			const { device, ask } = make();
			assert.equal(ask(`POST /save/${group}`, body), `200 ${body}&result=OK`);
			const told = fields
				.map((field) => field.split('=', 1).join())
				.map((key) => `${key}=${device.self.text(key)}`);
			assert.deepEqual(told, fields);
		});

		it(`/save/${group} takes them in any order, but each of them and no other`, () => {
			const { ask } = make();
			assert.equal(ask(`POST /save/${group}`, fields.toReversed().join('&')), `200 ${body}&result=OK`);
			for (const missing of fields) {
				const rest = fields.filter((field) => field !== missing).join('&');
				assert.equal(ask(`POST /save/${group}`, rest), '400', missing);
			}
			assert.equal(ask(`POST /save/${group}`, `${body}&stdvnm=x`), '400');
		});
	}

	it('saves nothing when one value is rejected', () => {
		const { device, ask } = make();
		assert.equal(ask('POST /save/http', 'hthpen=1&hthppo=8080&hthsen=0&hthspo=0'), '422');
		assert.equal(device.self.text('hthppo'), '80');
	});

	it('cuts texts as a register does', () => {
		const body = SAVED.snmp.replace('public', 'p'.repeat(17));
		assert.match(make().ask('POST /save/snmp', body), /&sncmpb=p{16}&sncmpr/);
	});

	for (const [group, body, result, key, kept] of [
		['ipapi', 'iaenab=1&iarc4k=fifteencharacte', 'ERR_IPAPI_KEY_LENGTH_16', 'iarc4k', '0'.repeat(16)],
		['ipapi', 'iaenab=1&iarc4k=seventeencharacte', 'ERR_IPAPI_KEY_LENGTH_16', 'iarc4k', '0'.repeat(16)],
		['http', 'hthpen=0&hthppo=80&hthsen=1&hthspo=443', 'ERR_WOULDLOCKOUT', 'hthpen', '1'],
		[
			'ethernet/access',
			SAVED['ethernet/access'].replace('127.0.0.0', '10.0.0.0'),
			'ERR_WOULDLOCKOUT',
			'etaips_1',
			'0.0.0.0',
		],
		[
			'ethernet',
			SAVED.ethernet.replace('10.0.0.5', '0.0.0.0'),
			'ERR_WOULDLOCKOUT',
			'etsip4',
			'192.168.9.137',
		],
	] as const) {
		it(`/save/${group} says ${result} to ${body}`, () => {
			const { device, ask } = make();
			assert.match(ask(`POST /save/${group}`, body), new RegExp(`^200 .*&result=${result}$`));
			assert.equal(device.self.text(key), kept);
		});
	}

	it('says so with another status if it is told to', () => {
		const { ask } = make({ refusalStatus: 422 });
		assert.equal(
			ask('POST /save/ipapi', 'iaenab=1&iarc4k=x'),
			`422 iaenab=1&iarc4k=${'0'.repeat(16)}&result=ERR_IPAPI_KEY_LENGTH_16`,
		);
	});

	it('does not lock out who comes by HTTPS when HTTP is switched off', () => {
		const { device } = make();
		const answer = device.handle({
			method: 'POST',
			path: '/save/http',
			body: 'hthpen=0&hthppo=80&hthsen=1&hthspo=443',
			authorization: authorizationOf(device, 'super'),
			secure: true,
		});
		assert.match(answer?.body.toString() ?? '', /&result=OK$/);
		device.reboot();
		assert.equal(device.listensTo('127.0.0.1'), false);
		assert.equal(device.listensTo('127.0.0.1', true), true);
	});

	it('listens to strangers until the reboot, and no longer', () => {
		const { device, ask } = make();
		ask('POST /save/ethernet/access', SAVED['ethernet/access']);
		assert.equal(device.listensTo('10.0.0.7'), true);
		device.reboot();
		assert.equal(device.listensTo('10.0.0.7'), false);
		assert.equal(device.listensTo('127.9.9.9'), true);
	});

	it('can be locked out by registers, which nobody checks', () => {
		const { device, ask } = make();
		assert.equal(ask('POST /register/hthpen', 'hthpen=0'), '200 hthpen=0');
		device.reboot();
		assert.equal(ask('GET /register/stdvnm'), 'no answer');
	});

	it('has a new network with the reboot only', () => {
		const { device, ask } = make();
		ask('POST /save/ethernet', SAVED.ethernet);
		assert.equal(ask('GET /register/etsip4'), '200 etsip4=10.0.0.5');
		assert.equal(ask('GET /register/etcip4'), '200 etcip4=192.168.9.137');
		assert.equal(device.self.active('etshnm'), 'hpdu-1');
		ask('POST /register/rsboot', 'rsboot=1');
		device.advance(0);
		assert.equal(ask('GET /register/etcip4'), '200 etcip4=10.0.0.5');
		assert.equal(ask('GET /register/etchnm'), '200 etchnm=pdu-5');
	});
});
