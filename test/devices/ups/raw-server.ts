import {
	type RawServer as AnyRawServer,
	type RawRequest as AnyRequest,
	type RawAnswer,
	type RawServerOptions,
	startRawServer as startAnyRawServer,
} from '../common/raw-server.js';

export type { RawAnswer };

/** A request of a UPS as it came in. */
export interface RawRequest extends AnyRequest {
	readonly nonce: string;
}

export interface RawServer extends AnyRawServer {
	readonly requests: RawRequest[];
}

/** As the one in `common/`; the nonce is at hand, since answers are signed over it. */
export async function startRawServer(
	answer: (request: RawRequest, n: number) => RawAnswer | null,
	options: RawServerOptions = {},
): Promise<RawServer> {
	const requests: RawRequest[] = [];
	const server = await startAnyRawServer((request, n) => {
		const nonce = /^x-w3pups-nonce: *(.*)$/im.exec(request.head)?.[1] ?? '';
		requests.push({ ...request, nonce });
		return answer({ ...request, nonce }, n);
	}, options);
	return { ...server, requests };
}
