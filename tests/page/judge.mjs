// A page of reports in a real browser, light and dark: what it asks for, says on the console, what axe finds, and whether a
// table is sorted from the keyboard.
//   node judge.mjs MODULES BROWSER PAGE...    MODULES: a node_modules folder with puppeteer-core and axe-core
// Prints a line for each fault, and ends with 1 where there is one.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [modules, executablePath, ...pages] = process.argv.slice(2);
const within = createRequire(`${modules}/`);
const { default: puppeteer } = await import(pathToFileURL(within.resolve('puppeteer-core')));
const axe = readFileSync(within.resolve('axe-core/axe.min.js'), 'utf8');
const browser = await puppeteer.launch({ executablePath, headless: 'shell', args: ['--no-sandbox', '--no-zygote', '--disable-gpu'] });
const faults = [];
for (const path of pages) {
    for (const value of ['light', 'dark']) {
        const page = await browser.newPage();
        const fault = text => faults.push(`${path} (${value}): ${text}`);
        const here = pathToFileURL(path).href;
        page.on('request', request => request.url() !== here && !request.url().startsWith('data:') && fault(`asks for ${request.url()}`));
        page.on('console', message => fault(`says ${message.text()}`));
        page.on('pageerror', error => fault(`fails: ${error.message}`));
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);
        await page.goto(here, { waitUntil: 'load' });
        await page.evaluate(() => document.querySelectorAll('details').forEach(part => { part.open = true; }));
        await page.focus('th button');
        await page.keyboard.press('Enter');
        if (!(await page.$('th[aria-sort]:not([aria-sort=none])'))) fault('no table is sorted from the keyboard');
        // Evaluated from outside, which the policy of the page has no say in.
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
        for (const { id, nodes } of violations) fault(`axe ${id}: ${nodes.length}, first ${nodes[0].html.slice(0, 120)}`);
        await page.close();
    }
}
await browser.close();
faults.forEach(fault => console.log(fault));
process.exitCode = faults.length > 0 ? 1 : 0;
