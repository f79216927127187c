/** Requests that change the login of the user who sends them. */
import type { Login } from './token.js';

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
	return username === login.username && password === login.password ? undefined : { username, password };
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
