/** What the tests of the UPS nodes share: their nodes in few words, a stand-in UPS, POSTs made by hand. */
import { randomBytes } from 'node:crypto';
import {
	type ExchangeOptions,
	encodePost,
	exchange,
	type Outcome,
	type Post,
	type PostOverrides,
	UpsDevice,
	type UpsOptions,
} from '../devices/ups/index.js';
import type { FlowNode, RunningFlow } from './harness/index.js';
import { type Fields, nowSeconds, ON_TAB } from './kit.js';

export const KEY = 'ABCDEFGHJKMNPQRS';

/** A UPS whose config node has the id `ups-<deviceId>`. */
export function upsDevice(deviceId: string, more: Fields = {}, key = KEY): FlowNode {
	const fields = { name: `Name of ${deviceId}`, deviceId, clockSkew: '300', commandMaxAge: '600' };
	return {
		id: `ups-${deviceId}`,
		type: 'ups-device',
		...fields,
		offlineAfter: '120',
		credentials: { httpKey: key },
		...more,
	};
}

export function httpIn(id: string, more: Fields = {}): FlowNode {
	const fields = { ...ON_TAB, name: '', endpoint: '', device: '', emit: 'every', wires: [[], []] };
	return { id, type: 'ups-http-in', ...fields, ...more };
}

export function commandOut(id: string, more: Fields = {}): FlowNode {
	const numbers = { freqHz: '', durMs: '', delayS: '', offMs: '', maxAge: '' };
	const fields = { ...ON_TAB, name: '', device: '', command: '', text: 'payload', textType: 'msg' };
	return { id, type: 'ups-command-out', ...fields, ...numbers, wires: [[]], ...more };
}

/** For a UPS that is driven faster than time goes by, and so runs ahead of this machine's clock. */
export const HURRIED = { clockSkew: '86400' };

export function standIn(deviceId: string, more: Partial<UpsOptions> = {}): UpsDevice {
	return new UpsDevice({ deviceId, key: KEY, ...more });
}

/** The path at which a UPS posts. */
export function telemetryPath(deviceId: string): string {
	return `/api/v1/devices/${deviceId}/telemetry`;
}

export function nonce(): string {
	return randomBytes(8).toString('hex');
}

/** A POST made by hand, right in every way but for what is overridden. */
export function makePost(url: string, deviceId: string, overrides: PostOverrides = {}): Post {
	const body = Buffer.from('{"ts":1700000000,"fw_ver":"esp32:0.8.17","uptime_s":100,"acks":[]}');
	return encodePost({ url, deviceId, key: KEY, ts: String(nowSeconds()), nonce: nonce(), body }, overrides);
}

/** Sends a POST and reads the whole answer, that of a 401 too. */
export function send(post: Post, options: ExchangeOptions = {}): Promise<Outcome> {
	return exchange(post, { readUnauthorized: true, ...options });
}

/** The payload of the next state that a command node tells. */
export async function nextState(nr: RunningFlow, from = 'out'): Promise<CommandReport> {
	return (await nr.message({ from })).payload as CommandReport;
}

export interface CommandReport {
	readonly id: string;
	readonly deviceId: string;
	readonly command: string;
	readonly args: Record<string, unknown>;
	readonly state: string;
	readonly time: number;
	readonly queuedAt: number;
	readonly expiresAt: number | null;
	readonly sent: number;
	readonly reason?: string;
}
