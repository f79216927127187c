import assert from 'node:assert/strict';
import { HpduDevice, type HpduOptions, REGISTERS, register } from './index.js';
import { type Ask, asker, authorization } from './test-client.js';

function make(options: HpduOptions = {}): { device: HpduDevice; ask: Ask } {
	const device = new HpduDevice({ startAt: 1_795_200_769_000, ...options });
	return { device, ask: asker(device) };
}

const keys = (answer: string) =>
	answer
		.split(' ')
		.slice(1)
		.join(' ')
		.split('&')
		.map((part) => part.split('=', 1).join());

const value = (answer: string) => Number(answer.split('=')[1]);

describe('stand-in hPDU', () => {
	describe('who may ask', () => {
		const { device } = make();
		const now = device.clock.seconds;
		const status = (header: string | undefined) =>
			device.handle({ method: 'GET', path: '/register/ssstat', authorization: header })?.status;

		for (const [name, header, expected] of [
			['super', authorization('super', 'super', 0, now), 200],
			['viewer', authorization('viewer', 'viewer', 4, now), 200],
			[
				'capitals',
				authorization('super', 'super', 0, now).toUpperCase().replace('HPDU-AUTH-V', 'hPDU-auth-v'),
				200,
			],
			['nobody', undefined, 401],
			['a wrong password', authorization('super', 'Super', 0, now), 401],
			['the number of another user', authorization('super', 'super', 1, now), 401],
			['a number that nobody has', authorization('super', 'super', 7, now), 401],
			['a token that is too short', 'hPDU-auth-v1 deadbeef', 401],
			['another version', authorization('super', 'super', 0, now).replace('v1', 'v2'), 401],
			['a clock that is 10 s ahead', authorization('super', 'super', 0, now + 10), 200],
			['a clock that is 11 s ahead', authorization('super', 'super', 0, now + 11), 401],
			['a clock that is 11 s behind', authorization('super', 'super', 0, now - 11), 401],
		] as const) {
			it(`says ${expected} to ${name}`, () => assert.equal(status(header), expected));
		}

		it('goes over the end of the 29 bits of its clock', () => {
			const { device } = make({ uptime: 2 ** 29 - 3 });
			const before = authorization('super', 'super', 0, 2 ** 29 - 3);
			device.advance(5000);
			assert.equal(device.clock.seconds, 2);
			assert.equal(device.handle({ method: 'GET', path: '/scan', authorization: before })?.status, 405);
			assert.equal(device.handle({ method: 'GET', path: '/readable', authorization: before })?.status, 200);
		});

		it('notices that its clock runs off', () => {
			const { device } = make();
			device.clock.rate = 1.01;
			const token = authorization('super', 'super', 0, device.clock.seconds + 1000);
			device.advance(1_000_000);
			assert.equal(device.clock.seconds, 4_001_010);
			device.advance(1000);
			assert.equal(device.handle({ method: 'GET', path: '/readable', authorization: token })?.status, 401);
		});
	});

	describe('HTTP statuses, chapter 3.3', () => {
		const { ask } = make();
		for (const [request, body, expected] of [
			['POST /userid', '', '400'],
			['GET /userid', '', '405'],
			['GET /nothing', '', '404'],
			['GET /register/nosuch', '', '404'],
			['GET /register/toString', '', '404'],
			['GET /register/stolnm_28', '', '404'],
			['GET /register/stdvnm_1', '', '404'],
			['GET /group/nosuch', '', '404'],
			['POST /save/nosuch', '', '404'],
			['POST /readable', '', '405'],
			['DELETE /register/stdvnm', '', '405'],
			['GET /scan', '', '405'],
			['GET /register/rsboot', '', '403'],
			['GET /register/uspaswd', '', '403'],
			['POST /register/idfwvs', 'idfwvs=1', '403'],
			['POST /register/swocst_1', 'swocst_1=0', '403'],
			['POST /register/stdvnm', '', '400'],
			['POST /register/stinnm_2', 'stinnm=x', '400'],
			['POST /register/stdiso', 'stdiso=5', '422'],
			['POST /register/stdiso', 'stdiso=-1', '422'],
			['POST /register/stdiso', 'stdiso=0x1', '422'],
			['POST /register/etipvs', 'etipvs=256', '422'],
			['POST /register/etsip4', 'etsip4=1.2.3', '422'],
			['POST /register/etip61', 'etip61=fe80', '422'],
			['POST /ui/status', 'curr_page=0', '422'],
			['POST /ui/status', 'curr_page=12', '422'],
			['POST /ui/status', 'curr_page=x', '422'],
			['POST /ui/status', '', '400'],
			['POST /ui/buttonpress', '', '400'],
			['POST /ui/buttonpress', 'button_1=3', '422'],
			['POST /address/1-2', 'idaddr=5', '400'],
			['POST /address/1-2-3', 'idaddr=5', '404'],
			['POST /address/42534-6129-0', 'idaddr=70000', '422'],
			['POST /address/42534-6129-0', '', '400'],
			['GET /databus/70000/register/stdvnm', '', '404'],
			['GET /databus/0/ui/status', '', '404'],
			['POST /databus/0/save/http', '', '404'],
		] as const) {
			it(`${request} ${body} is ${expected}`, () => assert.equal(ask(request, body), expected));
		}
	});

	describe('registers', () => {
		it('has the 170 of the table', () => {
			assert.equal(REGISTERS.length, 170);
			assert.equal(new Set(REGISTERS.map(({ mnemonic }) => mnemonic)).size, 170);
			const { device } = make();
			assert.equal([...device.self.bank.registers.values()].filter(({ repeats }) => repeats > 1).length, 51);
			assert.equal(keys(make().ask('GET /readable')).length, 154);
		});

		it('tells every channel of every readable register in the group all', () => {
			const { ask } = make({ outlets: 54 });
			const told = keys(ask('GET /group/all'));
			assert.equal(new Set(told).size, told.length);
			assert.deepEqual(told.slice(0, 8), [
				'idspdm',
				'idfwvs',
				'idonbr',
				'idpart',
				'idsnbr',
				'idchip_1',
				'idchip_2',
				'idchip_3',
			]);
			assert.equal(told.filter((key) => key.startsWith('omcrac_')).length, 54);
			assert.equal(told.filter((key) => key.startsWith('vowatt_')).length, 48);
		});

		it('has groups without anything to read', () => {
			assert.equal(make().ask('GET /group/reset'), '200');
		});

		for (const form of ['stinnm', 'stinnm/3'] as const) {
			it(`reads a register of several channels as ${form}`, () => {
				assert.equal(make().ask(`GET /register/${form}`), '200 stinnm_1=L1&stinnm_2=L2&stinnm_3=L3');
			});
		}

		it('reads it in the one form only if it is such a PDU', () => {
			const { ask } = make({ repeatedForm: 'n-only' });
			assert.equal(ask('GET /register/stinnm'), '404');
			assert.equal(ask('GET /register/stinnm/3'), '200 stinnm_1=L1&stinnm_2=L2&stinnm_3=L3');
			assert.equal(ask('GET /register/stinnm_2'), '200 stinnm_2=L2');
			assert.equal(ask('GET /register/stinnm/2'), '404');
			assert.equal(ask('GET /register/stdvnm'), '200 stdvnm=SP_Rack_1');
		});

		it('reads all 54 outlets for the number of the table', () => {
			const { ask } = make({ outlets: 54 });
			assert.equal(keys(ask('GET /register/stolnm/27')).length, 54);
			assert.equal(keys(ask('GET /register/stolnm/54')).length, 54);
			assert.equal(ask('GET /register/stolnm_54'), '200 stolnm_54=Outlet54');
		});

		it('tells zeros for outlets that it does not have, or leaves them out', () => {
			const options = { outlets: 12, measured: 10, phases: 1 };
			const zeros = make(options).ask('GET /register/omcrac');
			assert.match(zeros, /&omcrac_10=[1-9]?\d\.\d\d&omcrac_11=0\.00&/);
			assert.equal(keys(zeros).length, 27);
			const { ask } = make({ ...options, onlyFitted: true });
			assert.equal(keys(ask('GET /register/omcrac')).length, 10);
			assert.equal(keys(ask('GET /register/imvoac')).length, 1);
			assert.equal(keys(ask('GET /register/imname')).length, 3);
		});

		it('cuts a text to the bytes of the register', () => {
			const { ask } = make();
			assert.equal(ask('POST /register/stdvnm', 'stdvnm=12345678901234567'), '200 stdvnm=1234567890123456');
			assert.equal(
				ask('POST /register/stdvnm', `stdvnm=x${'%C3%A9'.repeat(16)}`),
				`200 stdvnm=x${'%C3%A9'.repeat(7)}%C3`,
			);
			assert.equal(ask('POST /register/stdvnm', 'stdvnm=a%00b'), '200 stdvnm=a');
			assert.equal(ask('POST /register/stdvnm', 'stdvnm=%E9+%26'), '200 stdvnm=%E9+%26');
			assert.equal(ask('POST /register/stdvnm', 'stdvnm='), '200 stdvnm=');
		});

		it('writes one channel, some, or all', () => {
			const { ask } = make();
			assert.equal(ask('POST /register/stinnm_2', 'stinnm_2=B'), '200 stinnm_2=B');
			assert.equal(ask('POST /register/stinnm', 'stinnm_3=C'), '200 stinnm_1=L1&stinnm_2=B&stinnm_3=C');
			assert.equal(
				ask('POST /register/stinnm/3', 'stinnm_1=1&stinnm_2=2&stinnm_3=3'),
				'200 stinnm_1=1&stinnm_2=2&stinnm_3=3',
			);
		});

		it('stores nothing when one of several values is rejected', () => {
			const { ask } = make();
			assert.equal(ask('POST /register/etaipm', 'etaipm_1=24&etaipm_2=33&etaipm_3=0'), '422');
			assert.equal(ask('GET /register/etaipm'), '200 etaipm_1=0&etaipm_2=0&etaipm_3=0');
		});

		it('lacks registers that came with a later firmware', () => {
			const { ask } = make({ firmware: 214 });
			assert.equal(ask('GET /register/idfwvs'), '200 idfwvs=214');
			assert.equal(ask('GET /register/etipvs'), '404');
			assert.equal(ask('GET /register/ssovda'), '404');
			assert.doesNotMatch(ask('GET /group/all'), /etip6|exolnm|imname/);
		});

		it('answers the way that the vendor reads it', () => {
			const { ask } = make({ address: 27, outlets: 54 });
			const [status, body = ''] = ask('GET /databus/27/group/all').split(' ');
			assert.equal(status, '200');
			assert.match(body, /^[\x21-\x7e]+$/);
			const channels = new Map<string, number>();
			for (const key of keys(`200 ${body}`)) {
				const [, mnemonic = '', channel] = /^([a-z0-9]+)(?:_(\d+))?$/.exec(key) ?? [];
				assert.equal(Number(channel ?? 1), (channels.get(mnemonic) ?? 0) + 1, key);
				channels.set(mnemonic, Number(channel ?? 1));
			}
			assert.equal(channels.size, 154);
		});

		it('has registers that nobody knows, if it is told to', () => {
			const extra = register('host', ['hounad', 'int', 2, 4, 'all', 'none']);
			const { device, ask } = make({ registers: [extra] });
			device.self.set('hounad_2', 27);
			assert.equal(ask('GET /register/hounad'), '200 hounad_1=0&hounad_2=27&hounad_3=0&hounad_4=0');
			assert.ok(keys(ask('GET /readable')).includes('hounad'));
		});

		it('lacks registers, if it is told to', () => {
			const { ask } = make({ lacks: ['exolnm'] });
			assert.equal(ask('GET /register/exolnm'), '404');
			assert.ok(!keys(ask('GET /readable')).includes('exolnm'));
		});

		it('cuts a text at the byte, also inside a character', () => {
			const { device, ask } = make();
			device.self.set('stolnm_1', 'Küche ä');
			assert.equal(ask('GET /register/stolnm_1'), '200 stolnm_1=K%C3%BCche+%C3');
		});

		it('tells what it was set to until it is written or released', () => {
			const { device, ask } = make();
			device.self.set('imcrac', '0.51');
			device.self.set('imcrac_2', 'n/a');
			assert.equal(ask('GET /register/imcrac'), '200 imcrac_1=0.51&imcrac_2=n%2Fa&imcrac_3=0.51');
			device.self.release('imcrac');
			assert.match(ask('GET /register/imcrac'), /imcrac_1=1\d\.\d\d&/);
			device.self.set('stdvnm', 'é');
			assert.equal(ask('GET /register/stdvnm'), '200 stdvnm=%C3%A9');
			ask('POST /register/stdvnm', 'stdvnm=x');
			assert.equal(device.self.text('stdvnm'), 'x');
		});

		for (const outlets of [-1, 55, 1.5]) {
			it(`does not exist with ${outlets} outlets`, () => assert.throws(() => make({ outlets }), RangeError));
		}
	});

	describe('measurements', () => {
		it('tells fixed values with two places, in tenths above 327.67', () => {
			const { device, ask } = make();
			device.self.meter.mains = 400 / 230;
			device.advance(1000);
			assert.match(ask('GET /register/imvoac_1'), /^200 imvoac_1=4\d\d\.\d0$/);
			assert.match(ask('GET /register/pditem'), /^200 pditem=31\.\d\d$/);
		});

		it('moves with time, the same way each time', () => {
			const runs = [make(), make()].map(({ device, ask }) => {
				const before = ask('GET /register/imcrac');
				device.advance(60_000);
				return [before, ask('GET /register/imcrac')];
			});
			assert.deepEqual(runs[0], runs[1]);
			assert.notEqual(runs[0]?.[0], runs[0]?.[1]);
		});

		it('counts energy', () => {
			const { device, ask } = make();
			const kwh = () => value(ask('GET /register/imkwhs_1')) + value(ask('GET /register/imwkhf_1')) / 1e9;
			const power = value(ask('GET /register/viwatt_1'));
			const before = kwh();
			for (let minute = 0; minute < 60; minute++) {
				device.advance(60_000);
				ask('GET /register/ssstat');
			}
			assert.ok(Math.abs(kwh() - before - power) < 0.1 * power, `${kwh() - before} kWh at ${power} kW`);
		});

		it('adds the outlets up at the input', () => {
			const { ask } = make({ phases: 1, outlets: 3 });
			const outlets = [1, 2, 3].map((n) => value(ask(`GET /register/omcrac_${n}`)));
			const sum = outlets.reduce((one, other) => one + other);
			assert.ok(Math.abs(value(ask('GET /register/imcrac_1')) - sum) < 0.02);
		});

		it('raises an alert that stays, and remembers peaks', () => {
			const { device, ask } = make();
			device.self.meter.factor = 4;
			device.advance(1000);
			assert.equal(ask('GET /register/ssstat'), '200 ssstat=1');
			assert.equal(ask('GET /register/ssitri'), '200 ssitri=1');
			device.self.meter.factor = 1;
			device.advance(1000);
			assert.equal(ask('GET /register/ssstat'), '200 ssstat=1');
			assert.ok(value(ask('GET /register/imcrpk_1')) > 32);
			assert.equal(ask('POST /register/rsalrt', 'rsalrt=1'), '200 rsalrt=1');
			ask('POST /register/rspval', 'rspval=1');
			assert.equal(ask('GET /register/ssstat'), '200 ssstat=0');
			assert.ok(value(ask('GET /register/imcrpk_1')) < 32);
		});
	});

	describe('users and their rights', () => {
		const written = (role: string, request: string, body: string) =>
			asker(make().device, role)(request, body).slice(0, 3);

		for (const [request, body, lowest] of [
			['POST /register/idpart', 'idpart=x', 'super'],
			['POST /register/stdvnm', 'stdvnm=x', 'admin'],
			['POST /register/iaenab', 'iaenab=1', 'power'],
			['POST /register/stdiso', 'stdiso=1', 'user'],
			['POST /register/rsalrt', 'rsalrt=1', 'user'],
			['POST /save/modbus', 'mbtcen=1&mbtcpo=502&mbtcro=0', 'power'],
			['POST /save/ethernet/mode', 'ethmod=7', 'admin'],
			['GET /register/iarc4k', '', 'power'],
			['GET /register/omcrac', '', 'viewer'],
		] as const) {
			it(`${request} takes ${lowest}`, () => {
				const roles = ['super', 'admin', 'power', 'user', 'viewer'];
				const allowed = roles.filter((role) => written(role, request, body) === '200');
				assert.deepEqual(allowed, roles.slice(0, roles.indexOf(lowest) + 1));
			});
		}

		it('tells each user another list', () => {
			const { device } = make();
			const lists = ['super', 'admin', 'power', 'user', 'viewer'].map((role) =>
				keys(asker(device, role)('GET /writable')),
			);
			const sizes = lists.map(({ length }) => length);
			assert.deepEqual(
				sizes,
				[...sizes].sort((a, b) => b - a),
			);
			assert.equal(lists[0]?.length, 88);
			assert.deepEqual(lists[4], ['usname', 'uspaswd']);
			assert.ok(!keys(asker(device, 'viewer')('GET /readable')).includes('iarc4k'));
		});

		it('lets a user change itself and those below', () => {
			const { device } = make();
			const power = asker(device, 'power');
			assert.equal(power('POST /save/user', 'userid=2&username=boss'), '403');
			assert.equal(
				power('POST /save/user', 'userid=4&username=ann&chpasswd=1&password=secret'),
				'200 userid=4&username=ann&result=OK',
			);
			const { name, password } = device.users.all[3] ?? {};
			assert.deepEqual({ name, password }, { name: 'ann', password: 'secret' });
			assert.equal(power('POST /save/user', 'userid=3&username=pow'), '200 userid=3&username=pow&result=OK');
			assert.equal(device.users.all[2]?.password, 'power');
		});

		for (const [body, expected] of [
			['userid=0&username=x', '422'],
			['userid=6&username=x', '422'],
			['userid=4', '400'],
			['username=x', '400'],
			['userid=4&username=12345678901234567', '422'],
			['userid=4&username=admin', '422'],
			['userid=4&username=x&chpasswd=1', '400'],
			['userid=4&username=x&chpasswd=1&password=12345678901234567', '422'],
			['userid=4&username=x&nosuch=1', '400'],
			['userid=1&username=', '200 result=ERR_WOULDLOCKOUT'],
		] as const) {
			it(`POST /save/user ${body} is ${expected}`, () => {
				assert.equal(make().ask('POST /save/user', body), expected);
			});
		}

		it('has names and passwords in registers too', () => {
			const { device, ask } = make();
			assert.equal(asker(device, 'power')('POST /register/usname_2', 'usname_2=x'), '403');
			assert.equal(asker(device, 'power')('POST /register/usname_4', 'usname_4=ann'), '200 usname_4=ann');
			assert.equal(
				asker(device, 'user')('POST /register/uspaswd_4', 'uspaswd_4=secret'),
				'200 uspaswd_4=secret',
			);
			assert.equal(device.users.all[3]?.password, 'secret');
			assert.match(
				ask('GET /register/usname'),
				/^200 usname_1=super&usname_2=admin&usname_3=power&usname_4=ann&/,
			);
		});

		it('switches a user off that has no name', () => {
			const { device, ask } = make();
			ask('POST /save/user', 'userid=5&username=');
			assert.equal(asker(device, 'viewer')('GET /register/ssstat'), '401');
			assert.equal(ask('POST /userid', 'user='), '200 userid=7&time=4000000');
		});
	});
});
