/** The Node-REDs that tests run on. */

/** The package names under which package.json installs them, by major version. */
const PACKAGES = { 5: 'node-red', 4: 'node-red-4' } as const;

export type NodeRedVersion = keyof typeof PACKAGES;

/**
 * The Node-RED that a test gets where it does not ask for one.
 * @param name of its package, as the environment variable WATTPOST_NODE_RED gives it; by default the newest one
 * @throws Error where no such package is installed for the tests
 */
export function usualVersion(name: string | undefined = process.env.WATTPOST_NODE_RED): NodeRedVersion {
	if (!name) return 5;
	const versions = [5, 4] as const;
	const found = versions.find((version) => PACKAGES[version] === name);
	if (found !== undefined) return found;
	throw new Error(`WATTPOST_NODE_RED is "${name}"; use one of ${Object.values(PACKAGES).join(', ')}`);
}

/** The path of the program of a Node-RED; what it consists of can be required from there. */
export function redPath(version: NodeRedVersion = usualVersion()): string {
	return require.resolve(`${PACKAGES[version]}/red.js`);
}
