/** Contrast as it is on screen: of each text with the surface that it really stands on. */
import type { Page } from 'puppeteer-core';

/**
 * Texts in sight whose contrast is below `least`, each with its colours; a disabled control may be. The surface is
 * the nearest background that covers; a hatch counts as what lies below it.
 */
export function lowContrast(page: Page, least: number): Promise<string[]> {
  return page.evaluate((wanted) => {
    const parse = (color: string): [number, number, number, number] => {
      const [r = 0, g = 0, b = 0, a = 1] = (color.match(/[\d.]+/g) ?? []).map(Number);
      return [r, g, b, a];
    };
    const luminance = ([r, g, b]: readonly number[]) => {
      const [x, y, z] = [r!, g!, b!].map((channel) => {
        const share = channel / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * x! + 0.7152 * y! + 0.0722 * z!;
    };
    const surfaceOf = (element: Element): readonly number[] => {
      for (let at: Element | null = element; at !== null; at = at.parentElement) {
        const color = parse(getComputedStyle(at).backgroundColor);
        if (color[3] === 1) return color;
        if (color[3] > 0) throw new Error(`a surface that shines through: ${at.className}`);
      }
      return [255, 255, 255];
    };
    const found = new Set<string>();
    const walker = document.createTreeWalker(document.querySelector('.panel')!, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement!;
      if (walker.currentNode.textContent!.trim() === '' || element.closest('.unseen, :disabled, option')) continue;
      if (element.getClientRects().length === 0) continue;
      const style = getComputedStyle(element);
      if (style.visibility === 'hidden') continue;
      const text = luminance(parse(style.color));
      const surface = luminance(surfaceOf(element));
      const ratio = (Math.max(text, surface) + 0.05) / (Math.min(text, surface) + 0.05);
      if (ratio < wanted)
        found.add(
          `contrast ${ratio.toFixed(2)}: ${element.className} "${walker.currentNode.textContent!.slice(0, 30)}" ${style.color}`,
        );
    }
    return [...found];
  }, least);
}
