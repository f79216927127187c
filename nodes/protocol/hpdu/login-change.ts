/** Requests that change the login of the user who sends them. */
import type { Login } from './token.js';

/**
 * Logins of one PDU that requests have changed. A deploy makes each client anew, with the login that is configured: it
 * would be locked out if nobody remembered which one holds now.
 */
export class ChangedLogins {
	private readonly present = new Map<string, Login>();

	add(from: Login, to: Login): void {
		for (const [key, login] of this.present) if (isSame(login, from)) this.present.set(key, to);
		this.present.set(keyOf(from), to);
		this.present.delete(keyOf(to));
	}

	/** The login that holds now in place of one that held before. */
	of(login: Login): Login {
		return this.present.get(keyOf(login)) ?? login;
	}
}

/** Whether two are the same. */
export function isSame(one: Login, other: Login): boolean {
	return one.username === other.username && one.password === other.password;
}

const keyOf = ({ username, password }: Login): string => JSON.stringify([username, password]);

type Pairs = Iterable<readonly [name: string, value: string]>;

/** What a request changes of a user. */
interface Change {
	/** Counted from 1, as a write counts them. */
	readonly level: number;
	readonly username?: string | undefined;
	readonly password?: string | undefined;
}

/**
 * The login after a request that the PDU has carried out. Source: WEBAPI, "/save/user"; the registers `usname` and
 * `uspaswd` hold the same by channels.
 * @param userId as `/userid` tells it: it counts from 0 where `/save/user` counts from 1
 * @returns undefined where it is what it was
 */
export function loginAfter(path: string, form: Pairs, login: Login, userId: number): Login | undefined {
	const isOwn = ({ level, username }: Change) => level === userId + 1 || username === login.username;
	const changes = changesIn(path, new Map(form)).filter(isOwn);
	const { username = login.username, password = login.password } = Object.assign({}, ...changes.map(defined));
	if (username === '' || password === '') return undefined;
	const after = { username, password };
	return isSame(after, login) ? undefined : after;
}

function changesIn(path: string, form: ReadonlyMap<string, string>): Change[] {
	if (path === '/save/user') {
		const password = form.get('chpasswd') === '1' ? form.get('password') : undefined;
		return [{ level: Number(form.get('userid')), username: form.get('username'), password }];
	}
	if (!/^\/register\/us(name|paswd)(_|\/|$)/.test(path)) return [];
	return [...form].map(([key, value]) => {
		const [mnemonic, channel] = key.split('_');
		return { level: Number(channel), [mnemonic === 'usname' ? 'username' : 'password']: value };
	});
}

function defined({ username, password }: Change): Partial<Login> {
	return { ...(username !== undefined && { username }), ...(password !== undefined && { password }) };
}
