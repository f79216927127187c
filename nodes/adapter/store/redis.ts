/** The store on a Redis or Valkey server, which several Node-REDs share. */
import { ProtocolError } from '../../protocol/common/errors.js';
import type { OpenedStore, StoreOptions } from './index.js';

/** @throws ProtocolError */
export function openRedisStore(_options: StoreOptions): OpenedStore {
	throw new ProtocolError('store-client-missing');
}
