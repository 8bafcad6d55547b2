"use strict";

// Drives the pages that tools/check_report made; see there.

const assert = require("node:assert/strict");
const path = require("node:path");
const puppeteer = require("puppeteer-core");

const folder = path.resolve(process.argv[2]);
const settle = () => new Promise((resolve) => setTimeout(resolve, 400));
const textOf = (page, selector) => page.$eval(selector, (element) => element.textContent);

/** Waits for an element's text, which follows an event a little later. */
async function expectText(page, selector, pattern) {
  const fits = (selector, source) => new RegExp(source, "s").test(document.querySelector(selector).textContent);
  await page.waitForFunction(fits, { timeout: 5000 }, selector, pattern).catch(async () => {
    assert.fail(`${selector} is ${JSON.stringify(await textOf(page, selector))}, not ${pattern}`);
  });
}

async function open(browser, name, { width = 1000, scheme = "light" } = {}) {
  const page = await browser.newPage();
  const failures = [];
  page.on("pageerror", (error) => failures.push(error.message));
  page.on("console", (message) => failures.push(message.text()));
  page.on("dialog", (dialog) => failures.push(`dialog: ${dialog.message()}`) && dialog.dismiss());
  page.on("request", (request) => {
    if (!/^(file|blob|data):/.test(request.url())) failures.push(`request: ${request.url()}`);
  });
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(`file://${folder}/${name}.html`);
  await settle();
  await page.screenshot({ path: `${folder}/${name}-${width}-${scheme}.png`, fullPage: true });
  assert.deepEqual(failures, [], `${name} at ${width}, ${scheme}`);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(overflow <= 0, `${name} at ${width} is ${overflow} pixels too wide`);
  return page;
}

async function checkTokens(page) {
  const count = await page.$$eval("#tokens .token", (tokens) => tokens.length);
  const stops = await page.$$eval("#tokens .token[tabindex='0']", (tokens) => tokens.length);
  assert.equal(stops, 1, "one stop of the tab key for all tokens");
  await (await page.$$("#tokens .token"))[1].hover();
  await expectText(page, "#token-readout", "^Token 1: .*relevance");
  await page.focus("#tokens .token[tabindex='0']");
  for (const [key, index] of [["ArrowRight", 1], ["ArrowLeft", 0], ["ArrowLeft", 0], ["End", count - 1], ["Home", 0]]) {
    await page.keyboard.press(key);
    const focused = await page.evaluate(() => document.activeElement.dataset.index);
    assert.equal(Number(focused), index, key);
    await expectText(page, "#token-readout", `^Token ${index}: `);
  }
}

async function checkMap(page) {
  const count = await page.$$eval("#tokens .token", (tokens) => tokens.length);
  await page.focus("#map");
  const expectCell = ([query, key]) =>
    expectText(page, "#map-readout", `\\(${query}\\) looks at .*\\(${key}\\): probability`);
  const press = async (key, expected) => {
    await page.keyboard.press(key);
    await expectCell(expected);
  };
  await press("ArrowDown", [1, 0]);
  await press("ArrowRight", [1, 1]);
  await press("End", [1, count - 1]);
  await press("Home", [1, 0]);
  await press("PageDown", [Math.min(11, count - 1), 0]);
  await press("PageUp", [Math.max(Math.min(11, count - 1) - 10, 0), 0]);
  await press("ArrowLeft", [Math.max(Math.min(11, count - 1) - 10, 0), 0]);

  // The right and lower corner of the map is the last query and the last key.
  await page.$eval("#map-frame", (frame) => {
    frame.scrollLeft = frame.scrollWidth;
    frame.scrollIntoView({ block: "end" });
  });
  const box = await (await page.$("#map")).boundingBox();
  await page.mouse.move(box.x + box.width - 2, box.y + box.height - 2);
  await expectCell([count - 1, count - 1]);
  const pixels = () => page.$eval("#map", (canvas) => canvas.toDataURL());
  const before = await pixels();
  await page.select("#layer", "0");
  await settle();
  const layer = await pixels();
  assert.notEqual(layer, before, "another layer looks different");
  await page.select("#head", "1");
  await settle();
  assert.notEqual(await pixels(), layer, "another head looks different");
}

async function checkPositions(page) {
  const lookUp = async (distance) => {
    await page.$eval("#distance", (input, value) => {
      input.value = value;
      input.dispatchEvent(new Event("input"));
    }, String(distance));
    return textOf(page, "#distance-readout");
  };
  assert.equal(await lookUp(0), "bucket 0, row 256");
  assert.equal(await lookUp(-300), "bucket -207, row 49");
  assert.equal(await lookUp(100000), "bucket 255, row 511");
  assert.equal(await lookUp(-100000), "bucket -256, row 0");
}

async function main() {
  const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  try {
    for (const name of ["short", "markup", "tokens128", "tokens512"]) {
      for (const width of [1000, 360]) {
        for (const scheme of ["light", "dark"]) {
          const page = await open(browser, name, { width, scheme });
          await checkTokens(page);
          await checkMap(page);
          await checkPositions(page);
          await page.screenshot({ path: `${folder}/${name}-${width}-${scheme}-used.png`, fullPage: true });
          if (width === 1000 && scheme === "dark") {
            await page.pdf({ path: `${folder}/${name}.pdf`, format: "A4" });
          }
          await page.close();
        }
      }
    }
    const page = await open(browser, "markup");
    assert.equal(await page.$("main b"), null, "a text became markup");
    const shown = await page.$$eval("#tokens p", (texts) => texts.map((text) => text.textContent).join("|"));
    assert.ok(shown.includes("alert") && shown.includes("{{data}}") && shown.includes("onclick"), shown);
    console.log(`looked at in ${await browser.version()}; screenshots are in ${folder}`);
  } finally {
    await browser.close();
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
