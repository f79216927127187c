import { openStore } from '../../../nodes/adapter/store/index.js';
import { describeStore } from './conformance.js';
import { findRedisServer, RedisServer } from './redis-server.js';

(findRedisServer() === undefined ? describe.skip : describe)('the store on a Redis or Valkey server', () => {
	let server: RedisServer;
	let places = 0;

	before(async () => {
		server = await RedisServer.start();
	});

	after(() => server.end());

	describeStore('as any store', {
		isKept: true,
		newPlace: async () => {
			const url = `${server.url}?prefix=place-${++places}:`;
			return { open: (environment) => openStore({ ...environment, url }), end: async () => {} };
		},
	});
});
