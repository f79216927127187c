/** Those who keep a server busy without ever being its devices. */
import { connect, type Socket } from 'node:net';

/** All of the crowd comes from this address, and the devices from others. */
const ADDRESS = '127.0.0.66';

/** So many connections are opened at once, so many milliseconds after the last ones: 1,500 a second. */
const FLOOD = { count: 15, pause: 10 };
const SECOND = 1000;

/** A crowd from one address before one port; what it does begins with each method and goes on until it leaves. */
export class RudeCrowd {
	/** Connections opened so far. */
	opened = 0;
	private readonly sockets = new Set<Socket>();
	private readonly timers: NodeJS.Timeout[] = [];
	private gone = false;

	constructor(private readonly port: number) {}

	/** So many connections that are idle; one that is closed is opened again. */
	idle(count: number): void {
		for (let number = 0; number < count; number++) this.open(() => this.idle(1));
	}

	/** 1,500 connections a second that send the head of a report and never its body, and go after some seconds. */
	flood(head: Buffer): void {
		this.every(FLOOD.pause, () => {
			for (let number = 0; number < FLOOD.count; number++) {
				const socket = this.open();
				socket.write(head);
				setTimeout(() => socket.destroy(), 3 * SECOND).unref();
			}
		});
	}

	/** So many senders of one byte a second; whoever is let down begins anew. */
	trickle(count: number, request: Buffer): void {
		for (let number = 0; number < count; number++) this.trickleOne(request, number % request.length);
	}

	leave(): void {
		this.gone = true;
		for (const timer of this.timers) clearInterval(timer);
		for (const socket of this.sockets) socket.destroy();
	}

	/** The first bytes at once, so that some are in the middle of a head and others in the middle of a body. */
	private trickleOne(request: Buffer, ahead: number): void {
		let sent = ahead;
		const socket = this.open(() => {
			clearInterval(timer);
			this.trickleOne(request, ahead);
		});
		socket.write(request.subarray(0, ahead));
		const timer = this.every(SECOND, () => {
			if (!socket.destroyed && sent < request.length) socket.write(request.subarray(sent, ++sent));
		});
	}

	private every(pause: number, action: () => void): NodeJS.Timeout {
		const timer = setInterval(action, pause);
		this.timers.push(timer);
		return timer;
	}

	private open(then?: () => void): Socket {
		const socket = connect({ port: this.port, host: '127.0.0.1', localAddress: ADDRESS });
		this.opened++;
		this.sockets.add(socket);
		socket.on('error', () => undefined).on('data', () => undefined);
		socket.on('close', () => {
			this.sockets.delete(socket);
			if (!this.gone && then !== undefined) setTimeout(() => !this.gone && then(), SECOND / 10).unref();
		});
		return socket;
	}
}
