/** The thirteen resources of the WEBAPI in the order of the document's chapter 4.3, each through a node. */
import assert from 'node:assert/strict';
import { HpduServer } from '../devices/hpdu/index.js';
import { type RunningNodeRed, startNodeRed } from './harness/index.js';
import {
	type Answer,
	ask,
	askedOf,
	framebuffer,
	pduDevice,
	registerRead,
	registerWrite,
} from './hpdu-kit.js';
import { type Fields, TAB } from './kit.js';

/** Two units behind the PDU: one with an address, one that was never given one. */
const UNITS = [
	{ address: 27, name: 'SP_Rack_6', hardwareId: [42600, 6129, 1] as const },
	{ address: 0, hardwareId: [42700, 6129, 2] as const },
];

const IDENTIFICATION = {
	...{ idspdm: 250, idfwvs: 251, idonbr: 'SO2024-1187', idpart: 'hPDU-27M-3P32', idsnbr: 'SB2400042534' },
	...{ idchip: { 1: 42534, 2: 6129, 3: 0 }, idaddr: 1, idfwbd: '251-20240611', idmaca: '20:0a:0', idspdt: 2 },
};

const IPAPI_KEY = 'foobarfizzzbuzzz';

/** One node for each thing that the three nodes can do. */
const NODES = [
	...['registers', 'group', 'readable', 'writable', 'scan'].map((read) => registerRead(read, { read })),
	...['registers', 'save', 'address'].map((write) => registerWrite(`write-${write}`, { write })),
	...['status', 'page', 'image', 'press'].map((action) => framebuffer(action, { action })),
];

for (const version of [5, 4] as const) {
	describe(`the resources of a PDU on Node-RED ${version}`, () => {
		let nr: RunningNodeRed;
		let pdu: HpduServer;
		before(async () => {
			pdu = await HpduServer.start({ name: 'SP_Rack_5', units: UNITS });
			for (const [n, amps] of ['0.51', '0.42', '0.33'].entries())
				pdu.device.self.set(`imcrac_${n + 1}`, amps);
			nr = await startNodeRed({ version, flows: [TAB, pduDevice('pdu', pdu, { name: 'Rack 5' }), ...NODES] });
		});
		after(async () => {
			await nr.stop();
			await pdu.close();
		});

		/** Lets a node ask, and gives its payload, its `msg.hpdu` and what the PDU was asked. */
		async function seen(node: string, msg: Fields = {}): Promise<[unknown, unknown, string[]]> {
			const before = pdu.requests.length;
			const { payload, hpdu }: Answer = await ask(nr, node, msg);
			return [payload, withoutElapsed(hpdu), askedOf(pdu, before)];
		}

		const facts = (request: string, more: object = {}): object => ({
			...{ device: 'Rack 5', unit: 0, requests: [request], registers: {}, extra: {}, missing: [], ...more },
		});

		it('POST /userid: before the first request, and only then', async () => {
			assert.deepEqual(await seen('registers', { registers: 'ssstat' }), [
				{ ssstat: 0 },
				facts('GET /register/ssstat', {
					registers: { ssstat: { name: 'deviceStatusCode', unit: '', type: 'int' } },
				}),
				['POST /userid user=super', 'GET /register/ssstat'],
			]);
			const [, , requests] = await seen('registers', { registers: 'ssstat' });
			assert.deepEqual(requests, ['GET /register/ssstat']);
		});

		for (const [kind, count, has, lacks] of [
			['readable', 154, 'imcrac', 'rsboot'] as const,
			['writable', 88, 'rsboot', 'swocst'] as const,
		]) {
			it(`GET /${kind}: what the user may do, in alphabetical order`, async () => {
				const [payload, hpdu, requests] = await seen(kind);
				const mnemonics = payload as string[];
				assert.deepEqual(mnemonics, [...mnemonics].sort());
				assert.deepEqual(
					[mnemonics.length, mnemonics.includes(has), mnemonics.includes(lacks)],
					[count, true, false],
				);
				assert.deepEqual([hpdu, requests], [facts(`GET /${kind}`), [`GET /${kind}`]]);
			});
		}

		it('GET /register: a value, and channels by their numbers', async () => {
			const [payload, hpdu, requests] = await seen('registers', { registers: 'stdvnm imcrac stolnm_27' });
			assert.deepEqual(payload, {
				stdvnm: 'SP_Rack_5',
				imcrac: { 1: 0.51, 2: 0.42, 3: 0.33 },
				stolnm: { 27: 'Outlet27' },
			});
			assert.deepEqual(requests, ['GET /register/stdvnm', 'GET /register/imcrac', 'GET /register/stolnm_27']);
			assert.deepEqual(hpdu, {
				...{ device: 'Rack 5', unit: 0, requests, extra: {}, missing: [] },
				registers: {
					stdvnm: { name: 'deviceName', unit: '', type: 'ascii' },
					imcrac: { name: 'inputActualCurrent', unit: 'A', type: 'fixed' },
					stolnm: { name: 'outletName', unit: '', type: 'ascii' },
				},
			});
		});

		it('POST /register: what the PDU then holds', async () => {
			const request = 'POST /register/stdvnm';
			assert.deepEqual(await seen('write-registers', { register: 'stdvnm', payload: 'Rack 5 & 6' }), [
				{ stdvnm: 'Rack 5 & 6' },
				{
					...{ device: 'Rack 5', unit: 0, requests: [request], written: ['stdvnm'] },
					...{ accepted: true, differences: {}, result: 'OK', extra: {} },
				},
				[`${request} stdvnm=Rack+5+%26+6`],
			]);
			assert.equal(pdu.device.self.text('stdvnm'), 'Rack 5 & 6');
		});

		it('GET /group: all that is in it', async () => {
			const [payload, hpdu, requests] = await seen('group', { group: 'identification' });
			assert.deepEqual(payload, { ...IDENTIFICATION, idmaca: pdu.device.self.text('idmaca') });
			assert.deepEqual(requests, ['GET /group/identification']);
			const { registers } = hpdu as Answer['hpdu'];
			assert.deepEqual(Object.keys(registers ?? {}), Object.keys(IDENTIFICATION));
		});

		it('POST /save: a whole block of settings', async () => {
			const saved = { saveGroup: 'ipapi', payload: { iaenab: true, iarc4k: IPAPI_KEY } };
			const [payload, hpdu, requests] = await seen('write-save', saved);
			assert.deepEqual(payload, { iaenab: 1 });
			assert.deepEqual(hpdu, {
				...{ device: 'Rack 5', unit: 0, requests: ['POST /save/ipapi'], written: ['iaenab', 'iarc4k'] },
				...{ accepted: true, differences: {}, result: 'OK', extra: {} },
			});
			assert.deepEqual(requests, [`POST /save/ipapi iaenab=1&iarc4k=${IPAPI_KEY}`]);
			assert.equal(pdu.device.self.text('iarc4k'), IPAPI_KEY);
		});

		it('GET and POST /ui/status: the page that is shown, and another', async () => {
			const first = { currentPage: 1, pages: 11, backlight: 'on' };
			const device = { device: 'Rack 5' };
			assert.deepEqual(await seen('status'), [
				first,
				{ ...device, requests: ['GET /ui/status'], display: first },
				['GET /ui/status'],
			]);
			const third = { ...first, currentPage: 3 };
			assert.deepEqual(await seen('page', { payload: 3 }), [
				third,
				{ ...device, requests: ['POST /ui/status'], display: third },
				['POST /ui/status curr_page=3'],
			]);
		});

		it('GET /ui/framebuffer: a picture of it', async () => {
			const [payload, hpdu, requests] = await seen('image');
			assert.ok(Buffer.isBuffer(payload));
			assert.equal(payload.toString('latin1', 1, 4), 'PNG');
			const display = { currentPage: 3, pages: 11, backlight: 'on' };
			assert.deepEqual(requests, ['GET /ui/status', 'GET /ui/framebuffer']);
			assert.deepEqual(hpdu, { device: 'Rack 5', requests, display });
		});

		it('POST /ui/buttonpress: the next page', async () => {
			const [payload, , requests] = await seen('press', { payload: { button2: 'short' } });
			assert.deepEqual(payload, { currentPage: 4, pages: 11, backlight: 'on' });
			assert.deepEqual(requests, ['POST /ui/buttonpress button_2=1']);
		});

		it('POST /scan and /address: who is on the databus, and an address for one of them', async () => {
			const found = (unitAddress: number, hardwareId: string) => ({ unitAddress, hardwareId });
			const others = [found(1, '42534-6129-0'), found(27, '42600-6129-1')];
			const [payload, hpdu, requests] = await seen('scan');
			assert.deepEqual(payload, [...others, found(0, '42700-6129-2')]);
			assert.deepEqual([hpdu, requests], [facts('POST /scan'), ['POST /scan']]);
			// Real devices answer 422 although they do it, so a scan tells.
			const assigned = { hardwareId: '42700-6129-2', unitAddress: 28 };
			const both = ['POST /address/42700-6129-2', 'POST /scan'];
			assert.deepEqual(await seen('write-address', { hardwareId: '42700-6129-2', payload: 28 }), [
				assigned,
				{
					...{ device: 'Rack 5', unit: 0, requests: both, written: ['idaddr'] },
					...{ accepted: true, differences: {}, result: 'OK' },
				},
				[`${both[0]} idaddr=28`, 'POST /scan'],
			]);
			assert.deepEqual((await seen('scan'))[0], [...others, found(28, '42700-6129-2')]);
		});

		it('BoD: a unit behind the PDU', async () => {
			const name = { registers: 'stdvnm', unit: 27 };
			const [payload, hpdu, requests] = await seen('registers', name);
			assert.deepEqual([payload, requests], [{ stdvnm: 'SP_Rack_6' }, ['GET /databus/27/register/stdvnm']]);
			assert.equal((hpdu as Answer['hpdu']).unit, 27);
			for (const [node, msg, request] of [
				['group', { group: 'identification', unit: 27 }, 'GET /databus/27/group/identification'] as const,
				['readable', { unit: 27 }, 'GET /databus/27/readable'] as const,
				['writable', { unit: 27 }, 'GET /databus/27/writable'] as const,
			]) {
				assert.deepEqual((await seen(node, msg))[2], [request]);
			}
			const written = await seen('write-registers', { unit: 27, payload: { stdvnm: 'Rack 6' } });
			assert.deepEqual(written[0], { stdvnm: 'Rack 6' });
			assert.deepEqual(written[2], ['POST /databus/27/register/stdvnm stdvnm=Rack+6']);
			assert.deepEqual([pdu.device.unit(27)?.text('stdvnm'), pdu.maxInFlight], ['Rack 6', 1]);
		});
	});
}

/** How long it took is another matter each time. */
function withoutElapsed({ elapsed, ...facts }: Answer['hpdu']): unknown {
	if ('registers' in facts) assert.ok(Number.isInteger(elapsed));
	return facts;
}
