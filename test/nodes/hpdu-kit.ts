/** What the tests of the hPDU's nodes share: nodes in few words, what a flow gets, what the PDU saw. */
import type { Fault, HpduServer, RecordedRequest } from '../devices/hpdu/index.js';
import type { FlowNode, NodeError, RunningFlow } from './harness/index.js';
import { type Fields, ON_TAB } from './kit.js';

/** How a user of the stand-in logs in. */
export const SUPER = { username: 'super', password: 'super' } as const;

/** Where a PDU is: at a stand-in, or at any port of this machine. */
export type Place = Pick<HpduServer, 'port'>;

/** An environment variable as it is written in a field. */
export const env = (name: string): string => `\${${name}}`;

/** The configuration of a PDU. */
export function pduDevice(id: string, { port }: Place, more: Fields = {}): FlowNode {
	const fields = { name: '', host: '127.0.0.1', port: String(port), tls: '', timeout: '', minInterval: '' };
	return { id, type: 'hpdu-device', ...fields, credentials: { ...SUPER }, ...more };
}

/** Reads registers of the PDU `pdu`. */
export function registerRead(id: string, more: Fields = {}): FlowNode {
	const fields = { name: '', device: 'pdu', read: 'registers', registers: '', group: '', unit: '' };
	return { id, type: 'hpdu-register-read', ...ON_TAB, ...fields, format: 'values', wires: [[]], ...more };
}

/** Writes registers of the PDU `pdu`. */
export function registerWrite(id: string, more: Fields = {}): FlowNode {
	const fields = { name: '', device: 'pdu', unit: '', write: 'registers', register: '' };
	const values = { value: 'payload', valueType: 'msg', saveGroup: '', hardwareId: '', unitAddress: '' };
	return {
		...{ id, type: 'hpdu-register-write', ...ON_TAB, ...fields, ...values },
		...{ onMismatch: 'error', wires: [[]], ...more },
	};
}

/** Looks at the display of the PDU `pdu`. */
export function framebuffer(id: string, more: Fields = {}): FlowNode {
	const fields = { name: '', device: 'pdu', action: 'image', format: 'png', scale: '4', rotate: '0' };
	const choices = { invert: false, bitOrder: 'lsb-top', page: '', button1: '', button2: '' };
	return { id, type: 'hpdu-framebuffer', ...ON_TAB, ...fields, ...choices, wires: [[]], ...more };
}

/** What `msg.hpdu` may hold. */
export interface Facts {
	readonly device: string;
	readonly unit?: number;
	readonly requests?: readonly string[];
	readonly registers?: Readonly<Record<string, { name: string; unit: string; type: string }>>;
	readonly elapsed?: number;
	readonly extra?: Readonly<Record<string, unknown>>;
	readonly unparsed?: readonly string[];
	readonly written?: readonly string[];
	readonly accepted?: boolean;
	readonly differences?: Readonly<Record<string, { sent: unknown; stored: unknown }>>;
	readonly result?: string;
	readonly display?: { currentPage: number; pages: number; backlight: string };
}

/** A message that a node of the PDU has sent. */
export interface Answer {
	readonly topic?: unknown;
	readonly payload: unknown;
	readonly hpdu: Facts;
	readonly [property: string]: unknown;
}

/** Gives a message to a node and takes the one that it sends. */
export async function ask(nr: RunningFlow, node: string, msg: Fields = {}): Promise<Answer> {
	await nr.inject(node, msg);
	return (await nr.message({ from: node, port: 0 })) as unknown as Answer;
}

/** Gives a message to a node and takes the error that it reports. */
export async function fail(nr: RunningFlow, node: string, msg: Fields = {}): Promise<NodeError> {
	await nr.inject(node, msg);
	return nr.error(({ from }) => from === node);
}

/** What the PDU was asked from a certain request on, such as `GET /register/stdvnm`; bodies behind a space. */
export function askedOf(pdu: HpduServer, from = 0): string[] {
	return pdu.requests.slice(from).map(lineOf);
}

/** The requests that a PDU gets while something is done, without those for its time. */
export async function requestsOf(pdu: HpduServer, act: () => Promise<unknown>): Promise<string[]> {
	const before = pdu.requests.length;
	await act();
	return askedOf(pdu, before).filter((line) => !line.startsWith('POST /userid'));
}

/** Lets something go wrong with the next request that is not one for the PDU's time. */
export function spoil(pdu: HpduServer, fault: Fault): void {
	pdu.faults.next(fault, ({ path }) => path !== '/userid');
}

function lineOf({ method, path, body }: RecordedRequest): string {
	return body.length === 0 ? `${method} ${path}` : `${method} ${path} ${body.toString()}`;
}
