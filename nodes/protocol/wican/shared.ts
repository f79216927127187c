/** Tables that cars have in common: those of one model send the same names, units and layouts, and need them once. */
export class SharedTables<T> {
	private readonly tables = new Map<string, T>();

	/** @param max tables that are kept: those used last */
	constructor(private readonly max: number) {}

	/**
	 * The table with this content.
	 * @param content tells it from all others
	 * @param make makes it where no car has it yet
	 */
	get(content: string, make: () => T): T {
		const table = this.tables.get(content) ?? make();
		this.tables.delete(content);
		this.tables.set(content, table);
		for (const oldest of this.tables.keys()) {
			if (this.tables.size <= this.max) break;
			this.tables.delete(oldest);
		}
		return table;
	}
}
