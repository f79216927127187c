/** What can be wrong with an open panel without any error: looked up in the page, told as text. */
import type { Editor } from './editor.js';

const TRAY = "document.querySelector('.red-ui-tray:last-of-type .red-ui-tray-body')";

/** The form that a node's own template makes; the other tabs of the tray are Node-RED's. */
const FORM = `${TRAY}.querySelector('#dialog-form, #node-config-dialog-edit-form')`;

const NAME =
	"(element) => [element.localName + '#' + element.id, element.className, element.textContent.trim().slice(0, 40)].join(' ')";

/** Elements that reach out of the panel, and labels whose text does not fit. */
export function overflowing(editor: Editor): Promise<string[]> {
	return editor.evaluate(`(() => {
		const [tray, form] = [${TRAY}, ${FORM}];
		const { left, right } = tray.getBoundingClientRect();
		const isOutside = (element) => {
			const box = element.getBoundingClientRect();
			return box.width > 0 && box.height > 0 && (box.right > right + 1 || box.left < left - 1);
		};
		const isCut = (element) => element.matches('label') && element.offsetParent && element.scrollWidth > element.clientWidth + 1;
		const scrolls = [tray, form].filter((element) => element.scrollWidth > element.clientWidth + 1);
		const wrong = [...form.querySelectorAll('*')].filter((element) => isOutside(element) || isCut(element));
		return [...scrolls, ...wrong].map(${NAME});
	})()`);
}

/** Placeholders and options that are wider than their field. The offer to add a config node is Node-RED's own. */
export function cutWords(editor: Editor): Promise<string[]> {
	return editor.evaluate(`(() => {
		const pen = document.createElement('canvas').getContext('2d');
		const ARROW = 15;
		const cut = (element, texts, taken) => {
			const { font, paddingLeft, paddingRight } = getComputedStyle(element);
			const room = element.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) - taken;
			pen.font = font;
			return texts.filter((text) => pen.measureText(text).width > room + 1).map((text) => element.id + ': ' + text);
		};
		const seen = [...${FORM}.querySelectorAll('input[placeholder], select')].filter((element) => element.offsetParent);
		return seen.flatMap((element) => element.matches('select')
			? cut(element, [...element.options].filter(({ value }) => value !== '_ADD_').map(({ text }) => text), ARROW)
			: cut(element, [element.placeholder], 0));
	})()`);
}

/** Fields without a label, and labels that name no field. */
export function unlabelled(editor: Editor): Promise<string[]> {
	return editor.evaluate(`(() => {
		const form = ${FORM};
		const name = ${NAME};
		const fields = [...form.querySelectorAll('[id^=node-input-], [id^=node-config-input-]')]
			.filter((element) => element.matches('input:not([type=hidden]), select, textarea'))
			.filter((element) => !element.labels?.length && !element.ariaLabel && !element.hasAttribute('aria-labelledby'))
			.filter((element) => !form.querySelector('label[for="' + element.id + '"]'));
		const labels = [...form.querySelectorAll('label')].filter((label) =>
			!(label.htmlFor ? document.getElementById(label.htmlFor) : label.querySelector('input, select')));
		return [...fields, ...labels].map(name);
	})()`);
}

/** All text that a panel shows or holds ready: text, placeholders, titles and options. */
export function visibleTexts(editor: Editor): Promise<string[]> {
	return editor.evaluate(`(() => {
		const form = ${FORM};
		const texts = [];
		const walker = document.createTreeWalker(form, NodeFilter.SHOW_TEXT);
		while (walker.nextNode()) {
			if (!walker.currentNode.parentElement.closest('script, style')) texts.push(walker.currentNode.textContent);
		}
		for (const element of form.querySelectorAll('*')) {
			texts.push(element.getAttribute('placeholder'), element.getAttribute('title'), element.getAttribute('aria-label'));
		}
		return texts.map((text) => text?.trim()).filter(Boolean);
	})()`);
}

/** Words with dots that are not keys of a locale: commands of the wire protocol, and names of machines. */
const WORDS_WITH_DOTS = /^(ui|host|power)\.\w+$|\.(com|local|net|org)$/;

/** Texts that look like the key of a message that no locale has. */
export function rawKeys(texts: readonly string[]): string[] {
	return texts.filter(
		(text) => /(^|:)[a-z][\w-]*(\.[a-z][\w-]*)+$/i.test(text) && !WORDS_WITH_DOTS.test(text),
	);
}

/**
 * Nodes of an imported flow that lie upon another one, and wires that run behind a node that is not theirs. Shows
 * that flow first: nodes have no size before.
 */
export function overlapping(editor: Editor, tab: string): Promise<string[]> {
	return editor.evaluate(`(() => {
		RED.workspaces.show(${JSON.stringify(tab)});
		RED.view.redraw(true, true);
		const boxes = RED.nodes.filterNodes({ z: ${JSON.stringify(tab)} }).map((node) => ({
			node, left: node.x - node.w / 2, right: node.x + node.w / 2, top: node.y - node.h / 2, bottom: node.y + node.h / 2,
		}));
		const name = (node) => node.name || node.type;
		const upon = boxes.flatMap((a, n) => boxes.slice(n + 1)
			.filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
			.map((b) => name(a.node) + ' upon ' + name(b.node)));
		const behind = [...document.querySelectorAll('.red-ui-flow-link')].flatMap((group) => {
			const { source, target } = group.__data__;
			const line = group.querySelector('.red-ui-flow-link-line');
			const points = Array.from({ length: line.getTotalLength() / 4 }, (_, n) => line.getPointAtLength(4 * n));
			return boxes
				.filter(({ node }) => node !== source && node !== target)
				.filter((box) => points.some(({ x, y }) => x > box.left && x < box.right && y > box.top && y < box.bottom))
				.map(({ node }) => name(source) + ' to ' + name(target) + ' behind ' + name(node));
		});
		return [...upon, ...behind, ...(boxes.length === 0 ? ['no nodes'] : [])];
	})()`);
}
