/** Looks at the dashboard in a real browser, as a user does. */
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';

/** Polled by time, since animation frames do not come in a page that is not on a screen. */
const POLLING = 100;

export class Dashboard {
	/** Errors on the console, exceptions, failed requests, and requests that go elsewhere. */
	readonly problems: string[] = [];

	private constructor(
		private readonly context: BrowserContext,
		private readonly page: Page,
		private readonly url: string,
	) {
		page.on('console', (message) => {
			if (message.type() === 'error') this.problems.push(`console: ${message.text()}`);
		});
		page.on('pageerror', (error) => this.problems.push(`exception: ${error.stack ?? error.message}`));
		page.on('response', (response) => {
			if (response.status() >= 400) this.problems.push(`${response.status()} ${response.url()}`);
		});
		page.on('request', (request) => {
			const target = new URL(request.url());
			if (/^https?:$/.test(target.protocol) && target.origin !== url) this.problems.push(`asks ${target}`);
		});
	}

	/** @param url of Node-RED, without a slash at its end */
	static async open(browser: Browser, url: string): Promise<Dashboard> {
		const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US' });
		return new Dashboard(context, await context.newPage(), url);
	}

	async show(path: string): Promise<void> {
		await this.page.goto(`${this.url}/dashboard/${path}`);
	}

	/** A card of the page, by its title. */
	group(title: string): Locator {
		return this.page
			.locator('.nrdb-ui-group')
			.filter({ has: this.page.locator('.v-card-title').getByText(title, { exact: true }) });
	}

	/** Resolves when the text of a card is as the pattern says, with that text. */
	async until(title: string, pattern: RegExp): Promise<string> {
		const group = this.group(title);
		await group.filter({ hasText: pattern }).waitFor();
		return group.innerText();
	}

	/** Resolves when the text of a card, where the pattern matches, is another one than now. */
	async changes(title: string, pattern: RegExp): Promise<void> {
		const [before] = pattern.exec(await this.until(title, pattern)) ?? [''];
		const element = await this.group(title).elementHandle();
		await this.page.waitForFunction(
			([card, source, old]) => {
				const { innerText = '' } = card as unknown as { innerText?: string };
				const [now] = new RegExp(source as string).exec(innerText) ?? [old];
				return now !== old;
			},
			[element, pattern.source, before] as const,
			{ polling: POLLING },
		);
	}

	/** Presses a button by what is written on it. */
	async press(name: string): Promise<void> {
		await this.page.getByRole('button', { name, exact: true }).click();
	}

	/** Answers a question that the page asks, and resolves when it is gone. */
	async answer(question: string, answer: 'Yes' | 'No'): Promise<void> {
		const asked = this.page.getByText(question);
		await asked.waitFor();
		await this.press(answer);
		await asked.waitFor({ state: 'hidden' });
	}

	async close(): Promise<void> {
		await this.context.close();
	}
}
