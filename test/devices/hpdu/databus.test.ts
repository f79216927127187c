import assert from 'node:assert/strict';
import { HpduDevice, type HpduOptions } from './index.js';
import { asker } from './test-client.js';

function make(options: HpduOptions = {}) {
	const device = new HpduDevice({ startAt: 1_795_200_769_000, units: 2, ...options });
	return { device, ask: asker(device) };
}

describe('databus of the stand-in hPDU', () => {
	it('asks the units behind it, and itself by its own address and by 0', () => {
		const { ask } = make();
		assert.equal(ask('GET /databus/3/register/stdvnm'), '200 stdvnm=SP_Rack_3');
		for (const unit of [0, 1]) {
			assert.equal(ask(`GET /databus/${unit}/register/stdvnm`), '200 stdvnm=SP_Rack_1');
		}
		assert.equal(ask('GET /databus/2/register/idchip'), '200 idchip_1=42535&idchip_2=6129&idchip_3=0');
		assert.match(ask('GET /databus/2/readable'), /^200 idspdm=true&/);
	});

	it('writes to them', () => {
		const { device, ask } = make();
		assert.equal(ask('POST /databus/2/register/stdvnm', 'stdvnm=x'), '200 stdvnm=x');
		assert.deepEqual(
			device.units.map((unit) => unit.text('stdvnm')),
			['SP_Rack_1', 'x', 'SP_Rack_3'],
		);
	});

	it('does not carry what is for the web only to another unit', () => {
		const { ask } = make();
		assert.equal(ask('GET /databus/2/register/etshnm'), '403');
		assert.equal(ask('GET /databus/1/register/etshnm'), '200 etshnm=hpdu-1');
		assert.equal(ask('GET /databus/2/group/ethernet'), '200');
	});

	it('bridges groups, as the vendor does, or not, as the document says', () => {
		assert.match(make().ask('GET /databus/2/group/identification'), /&idaddr=2&/);
		assert.equal(make({ bridgedGroups: false }).ask('GET /databus/2/group/identification'), '404');
	});

	it('finds all units with a scan, with those that have no address', () => {
		const { ask } = make({ units: [{ address: 0, hardwareId: [5, 6, 7] }, { address: 27 }] });
		assert.equal(
			ask('POST /scan'),
			'200 scan_addr_1=1&scan_hwid_1=42534-6129-0&scan_addr_2=0&scan_hwid_2=5-6-7&scan_addr_3=27&scan_hwid_3=42536-6129-0&scan_total=3',
		);
		assert.equal(ask('GET /register/honruf'), '200 honruf=3');
	});

	it('assigns an address, and says 422 as real devices do', () => {
		const { ask } = make({ units: [{ address: 0, hardwareId: [5, 6, 7] }] });
		assert.equal(ask('POST /address/5-6-7', 'idaddr=44'), '422');
		assert.equal(ask('GET /databus/44/register/idaddr'), '200 idaddr=44');
		assert.equal(make({ addressBug: false }).ask('POST /address/42535-6129-0', 'idaddr=44'), '200');
	});

	it('numbers the units anew', () => {
		const { device, ask } = make({ units: [{ address: 0 }, { address: 0 }] });
		ask('POST /register/hocmrz', 'hocmrz=10');
		assert.deepEqual(
			device.units.map(({ address }) => address),
			[1, 10, 11],
		);
		ask('POST /register/hocmrn', 'hocmrn=100');
		assert.deepEqual(
			device.units.map(({ address }) => address),
			[100, 101, 102],
		);
		ask('POST /databus/101/register/idaddr', 'idaddr=7');
		assert.equal(ask('GET /databus/7/register/idaddr'), '200 idaddr=7');
	});

	it('resets the alerts of all units', () => {
		const { device, ask } = make();
		for (const unit of device.units) unit.alerts.raise('ssvtri', 2);
		assert.equal(ask('GET /databus/3/register/ssvtri'), '200 ssvtri=2');
		ask('POST /register/hocmra', 'hocmra=1');
		assert.equal(ask('GET /databus/3/register/ssstat'), '200 ssstat=0');
	});

	it('misses a unit that reboots', () => {
		const { device, ask } = make({ rebootTime: 10_000 });
		ask('POST /databus/2/register/rsboot', 'rsboot=1');
		assert.equal(ask('GET /databus/2/register/ssstat'), '404');
		assert.match(ask('POST /scan'), /scan_total=2$/);
		device.advance(10_000);
		assert.equal(ask('GET /databus/2/register/ssstat'), '200 ssstat=0');
		assert.equal(device.boots, 1);
	});
});

describe('outlets of the stand-in hPDU', () => {
	const bridged = (options: HpduOptions = {}) => make({ bridgedWrites: true, ...options });

	it('cannot be switched over this API, unless it lets bridged requests through', () => {
		assert.equal(make().ask('POST /databus/1/register/swounl_3', 'swounl_3=1'), '403');
		assert.equal(bridged().ask('POST /register/swounl_3', 'swounl_3=1'), '403');
		assert.equal(bridged().ask('POST /databus/1/register/swounl_3', 'swounl_3=1'), '200 swounl_3=1');
		assert.equal(asker(bridged().device, 'viewer')('POST /databus/1/register/swounl_3', 'swounl_3=1'), '403');
		assert.equal(bridged().ask('POST /databus/1/register/imcrac_1', 'imcrac_1=1'), '403');
	});

	it('switches an outlet while it is unlocked, and leaves it alone otherwise', () => {
		const { device, ask } = bridged();
		const off = () => ask('POST /databus/0/register/swocst_3', 'swocst_3=0');
		assert.equal(off(), '200 swocst_3=1');
		ask('POST /databus/0/register/swounl_3', 'swounl_3=1');
		device.advance(5000);
		assert.equal(off(), '200 swocst_3=1');
		ask('POST /databus/0/register/swounl_3', 'swounl_3=1');
		device.advance(4999);
		// The answer comes before the relay acts.
		assert.equal(off(), '200 swocst_3=1');
		assert.equal(ask('GET /register/swosch_3'), '200 swosch_3=1');
		device.advance(100);
		assert.equal(ask('GET /register/swocst_3'), '200 swocst_3=0');
		assert.equal(ask('GET /register/omcrac_3'), '200 omcrac_3=0.00');
		assert.match(ask('GET /register/omcrac_4'), /=[1-9]/);
	});

	it('switches relays one after the other', () => {
		const { device, ask } = bridged();
		ask('POST /databus/0/register/stunlo', 'stunlo=1');
		ask('POST /databus/0/register/swocst', 'swocst_1=0&swocst_2=0&swocst_3=0');
		const state = () =>
			[1, 2, 3].map((n) => device.self.text(`swocst_${n}`) + device.self.text(`swosch_${n}`));
		assert.deepEqual(state(), ['11', '11', '11']);
		device.advance(100);
		assert.deepEqual(state(), ['00', '11', '11']);
		device.advance(200);
		assert.deepEqual(state(), ['00', '00', '00']);
	});

	it('cycles an outlet that is on', () => {
		const { device, ask } = bridged();
		ask('POST /databus/0/register/stunlo', 'stunlo=1');
		ask('POST /databus/0/register/sworeb_2', 'sworeb_2=1');
		device.advance(100);
		assert.equal(device.self.outlets.isOn(2), false);
		device.advance(4999);
		assert.equal(device.self.outlets.isOn(2), false);
		device.advance(1);
		assert.equal(device.self.outlets.isOn(2), true);
	});

	it('has no relay at outlets that are not switched', () => {
		const { device, ask } = bridged({ switched: 4 });
		ask('POST /databus/0/register/stunlo', 'stunlo=1');
		ask('POST /databus/0/register/swocst', 'swocst_4=0&swocst_5=0');
		device.advance(1000);
		assert.deepEqual([device.self.outlets.isOn(4), device.self.outlets.isOn(5)], [false, true]);
	});

	it('sets subtotals to zero', () => {
		const { device, ask } = bridged();
		ask('POST /databus/0/register/rsomks_2', 'rsomks_2=1');
		device.advance(1000);
		assert.equal(ask('GET /register/omkwhs_2'), '200 omkwhs_2=0');
		assert.match(ask('GET /register/omkwhs_1'), /=[1-9]/);
		ask('POST /databus/0/register/rsimks', 'rsimks=1');
		device.advance(1000);
		assert.equal(ask('GET /register/imkwhs'), '200 imkwhs_1=0&imkwhs_2=0&imkwhs_3=0');
	});
});
