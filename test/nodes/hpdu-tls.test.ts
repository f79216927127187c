import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HpduServer } from '../devices/hpdu/index.js';
import { type HelperFlow, startFlow } from './harness/helper.js';
import type { FlowNode } from './harness/index.js';
import { ask, fail, pduDevice, registerRead, SUPER } from './hpdu-kit.js';
import { type Fields, TAB } from './kit.js';

const FIXTURES = join(__dirname, '../../../test/fixtures/tls');
const path = (name: string): string => join(FIXTURES, name);
const file = (name: string): string => readFileSync(path(name), 'utf8');

/** Node-RED's own configuration of certificates. */
function tls(id: string, more: Fields): FlowNode {
	const files = { cert: '', key: '', ca: '', certname: '', keyname: '', caname: '' };
	return { id, type: 'tls-config', name: '', ...files, servername: '', verifyservercert: true, ...more };
}

const CONFIGS = [
	tls('nothing', {}),
	tls('ca-path', { ca: path('ca.pem') }),
	tls('ca-upload', { caname: 'ca.pem', credentials: { cadata: file('ca.pem') } }),
	tls('unverified', { verifyservercert: false }),
];

describe('a PDU by HTTPS', () => {
	let nr: HelperFlow;
	/** Its certificate is signed by an authority; that of the other by itself. */
	let pdu: HpduServer;
	let selfSigned: HpduServer;
	before(async () => {
		const start = (name: string): Promise<HpduServer> =>
			HpduServer.start({ tls: { cert: file(`${name}.pem`), key: file(`${name}.key`) } });
		[pdu, selfSigned] = [await start('server'), await start('stranger')];
		const devices = CONFIGS.flatMap(({ id }) =>
			Object.entries({ pdu, selfSigned }).flatMap(([which, place]) => [
				pduDevice(`${which}-${id}`, place, { tls: id }),
				registerRead(`read-${which}-${id}`, { device: `${which}-${id}`, registers: 'ssstat' }),
			]),
		);
		const plain = registerRead('read-plain', { device: 'plain', registers: 'ssstat' });
		nr = await startFlow({ flows: [TAB, ...CONFIGS, ...devices, pduDevice('plain', pdu), plain] });
	});
	after(async () => {
		await nr.stop();
		await Promise.all([pdu.close(), selfSigned.close()]);
	});
	afterEach(() => nr.forget());

	for (const [which, config] of [
		['pdu', 'ca-path'] as const,
		['pdu', 'ca-upload'] as const,
		['pdu', 'unverified'] as const,
		['selfSigned', 'unverified'] as const,
	]) {
		it(`${which} with ${config}: is read, again and again over one connection`, async () => {
			const server = which === 'pdu' ? pdu : selfSigned;
			const before = server.connections;
			for (const _ of [1, 2, 3])
				assert.deepEqual((await ask(nr, `read-${which}-${config}`)).payload, { ssstat: 0 });
			assert.equal(server.connections, before + 1);
		});
	}

	for (const [which, config, why] of [
		['pdu', 'nothing', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'] as const,
		['selfSigned', 'nothing', 'DEPTH_ZERO_SELF_SIGNED_CERT'] as const,
		['selfSigned', 'ca-path', 'DEPTH_ZERO_SELF_SIGNED_CERT'] as const,
	]) {
		it(`${which} with ${config}: is told nothing, and it is said why`, async () => {
			const before = (which === 'pdu' ? pdu : selfSigned).requests.length;
			const { code, message } = await fail(nr, `read-${which}-${config}`);
			assert.equal(code, 'hpdu-unreachable');
			assert.ok(message.includes(why), message);
			assert.match(message, /certificate/);
			assert.equal((which === 'pdu' ? pdu : selfSigned).requests.length, before);
		});
	}

	it('without HTTPS: is no PDU', async () => {
		assert.equal((await fail(nr, 'read-plain')).code, 'hpdu-unreachable');
	});

	it('has one queue also for those who ask by different certificates', async () => {
		const readers = ['ca-path', 'ca-upload', 'unverified'].map((config) => `read-pdu-${config}`);
		await Promise.all([...readers, ...readers].map((node) => ask(nr, node)));
		assert.equal(pdu.maxInFlight, 1);
	});

	it('is tested by its panel in the same way', async () => {
		const open = { id: '', host: '127.0.0.1', port: pdu.port, ...SUPER };
		const test = async (config: string): Promise<Record<string, unknown>> => {
			const body = JSON.stringify({ ...open, tls: config });
			const headers = { 'content-type': 'application/json' };
			return (await fetch(`${nr.url}/wattpost/hpdu/test`, { method: 'POST', headers, body })).json() as never;
		};
		assert.equal((await test('ca-path')).name, 'SP_Rack_1');
		assert.equal(((await test('nothing')).error as { code: string }).code, 'hpdu-unreachable');
	});
});
