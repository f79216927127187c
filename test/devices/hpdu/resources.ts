import { type Handler, neededField, type Reply } from './call.js';
import { postAddress, postScan } from './databus-resources.js';
import type { HpduDevice } from './device.js';
import { type Pairs, textOf } from './form.js';
import { getGroup, getReadable, getRegister, getWritable, postRegister } from './register-resources.js';
import { postSave, postSaveUser } from './save.js';
import { getFramebuffer, getStatus, postButtonpress, postStatus } from './ui-resources.js';

export type Method = 'GET' | 'POST';

/** A resource of the WEBAPI. Source: WEBAPI, chapter 4.3. */
export interface Resource {
	/** Its groups are the placeholders. */
	readonly path: RegExp;
	readonly methods: Partial<Readonly<Record<Method, Handler>>>;
	/** Whether `/databus/<unit>/` may stand before it. */
	readonly bridged: (device: HpduDevice) => boolean;
}

const always = () => true;
const never = () => false;

export const RESOURCES: readonly Resource[] = [
	{ path: /^\/readable$/, methods: { GET: getReadable }, bridged: always },
	{ path: /^\/writable$/, methods: { GET: getWritable }, bridged: always },
	{
		path: /^\/register\/([^/]+)(?:\/(\d+))?$/,
		methods: { GET: getRegister, POST: postRegister },
		bridged: always,
	},
	{
		path: /^\/group\/([^/]+)$/,
		methods: { GET: getGroup },
		bridged: ({ options }) => options.bridgedGroups !== false,
	},
	{ path: /^\/save\/user$/, methods: { POST: postSaveUser }, bridged: never },
	{ path: /^\/save\/(.+)$/, methods: { POST: postSave }, bridged: never },
	{ path: /^\/ui\/status$/, methods: { GET: getStatus, POST: postStatus }, bridged: never },
	{ path: /^\/ui\/framebuffer$/, methods: { GET: getFramebuffer }, bridged: never },
	{ path: /^\/ui\/buttonpress$/, methods: { POST: postButtonpress }, bridged: never },
	{ path: /^\/scan$/, methods: { POST: postScan }, bridged: never },
	{ path: /^\/address\/([^/]+)$/, methods: { POST: postAddress }, bridged: never },
];

/** The only resource that asks for no token: it answers anybody, whatever the name. */
export function postUserid({ users, clock }: HpduDevice, form: Pairs): Reply {
	const name = textOf(neededField(form, 'user'));
	return {
		pairs: [
			['userid', String(users.userid(name))],
			['time', String(clock.seconds)],
		],
	};
}
