import assert from 'node:assert/strict';
import type { Order } from '../../../nodes/protocol/hpdu/client.js';
import { ChangedLogins, loginAfter } from '../../../nodes/protocol/hpdu/login-change.js';
import { coded } from '../errors.js';
import { form, type Says, ScriptedPdu } from './scripted-pdu.js';

const LOGIN = { username: 'power', password: 'old' };
const POWER = 2;

describe('a request that changes the login of its own user', () => {
	const CHANGES: readonly [name: string, path: string, form: Record<string, string>, after?: typeof LOGIN][] =
		[
			[
				'a password',
				'/save/user',
				{ userid: '3', username: 'power', chpasswd: '1', password: 'new' },
				{ username: 'power', password: 'new' },
			],
			['a name', '/save/user', { userid: '3', username: 'boss' }, { username: 'boss', password: 'old' }],
			[
				'a password that is not to be changed',
				'/save/user',
				{ userid: '3', username: 'power', chpasswd: '0', password: 'new' },
			],
			['the same once more', '/save/user', { userid: '3', username: 'power' }],
			['another user', '/save/user', { userid: '4', username: 'user', chpasswd: '1', password: 'new' }],
			['a user who is switched off', '/save/user', { userid: '3', username: '' }],
			['another group', '/save/http', { userid: '3', username: 'boss' }],
			[
				'a name in its register',
				'/register/usname_3',
				{ usname_3: 'boss' },
				{ username: 'boss', password: 'old' },
			],
			[
				'a password in its register',
				'/register/uspaswd_3',
				{ uspaswd_3: 'new' },
				{ username: 'power', password: 'new' },
			],
			[
				'all names at once',
				'/register/usname/5',
				{ usname_2: 'a', usname_3: 'b', usname_4: 'c' },
				{ username: 'b', password: 'old' },
			],
			['a name of another user', '/register/usname_4', { usname_4: 'boss' }],
			['another register', '/register/stdvnm', { stdvnm: 'power' }],
			['a unit behind the databus', '/databus/5/register/usname_3', { usname_3: 'boss' }],
		];
	for (const [name, path, pairs, after] of CHANGES) {
		it(`knows ${name}`, () => assert.deepEqual(loginAfter(path, Object.entries(pairs), LOGIN, POWER), after));
	}

	it('knows its user by the name where the PDU gives it another number', () => {
		const pairs = Object.entries({ userid: '3', username: 'power', chpasswd: '1', password: 'new' });
		assert.deepEqual(loginAfter('/save/user', pairs, LOGIN, 7), { username: 'power', password: 'new' });
	});

	const READ: Order = { method: 'GET', path: '/readable' };
	const CHANGE: Order = {
		...{ method: 'POST', path: '/save/user' },
		form: Object.entries({ userid: '8', username: 'foo', chpasswd: '1', password: 'new' }),
	};

	/** A PDU that takes a new password, or says this. */
	const changing = (says?: Says) => {
		const pdu: ScriptedPdu = new ScriptedPdu({
			'GET /readable': 'stdvnm=true',
			'POST /save/user': () => {
				if (says !== undefined) return says;
				pdu.password = 'new';
				return 'result=OK';
			},
		});
		return pdu;
	};

	it('lets the next requests use the new one, those of others with the same login too, and tells each of them', async () => {
		const pdu = changing();
		const told: string[] = [];
		const clients = ['a', 'b'].map((name) => pdu.client({ onLoginChanged: () => void told.push(name) }));
		const stranger = pdu.client({ password: 'wrong', onLoginChanged: () => void told.push('stranger') });
		for (const client of clients) await client.ask(READ);
		const waiting = clients.map((client) => client.ask(READ));
		await clients[0]?.ask(CHANGE);
		await Promise.all(waiting);
		assert.equal(pdu.refusals, 0);
		assert.deepEqual(told, ['a', 'b']);
		await assert.rejects(stranger.ask(READ), coded('hpdu-unauthorized'));
	});

	for (const says of ['result=ERR_REJECTED', form('', 403)]) {
		it(`keeps the old one where the PDU says ${typeof says === 'string' ? says : says.status}`, async () => {
			const pdu = changing(says);
			const client = pdu.client();
			await client.ask(CHANGE);
			await client.ask(READ);
			assert.equal(pdu.refusals, 0);
		});
	}
});

describe('the logins of a PDU that requests have changed', () => {
	const [first, second, third] = ['a', 'b', 'c'].map((password) => ({ username: 'power', password })) as [
		typeof LOGIN,
		typeof LOGIN,
		typeof LOGIN,
	];

	it('are followed from one to the next', () => {
		const logins = new ChangedLogins();
		logins.add(first, second);
		logins.add(second, third);
		assert.deepEqual(
			[first, second, third].map((login) => logins.of(login)),
			[third, third, third],
		);
	});

	it('may be what they were before', () => {
		const logins = new ChangedLogins();
		logins.add(first, second);
		logins.add(second, first);
		assert.deepEqual(
			[first, second].map((login) => logins.of(login)),
			[first, first],
		);
	});

	it('leave others as they are', () => {
		const logins = new ChangedLogins();
		logins.add(first, second);
		assert.equal(logins.of(third), third);
	});
});
