// SPDX-License-Identifier: MIT
// Prints which modules the first page needs: all that app.js and the station's page import,
// but app.js itself.
import { readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../web/static");

function importsOf(file) {
	const text = readFileSync(join(root, file), "utf8");
	return [...text.matchAll(/^(?:import|\t?from|\})[^;]*?from "(\.[^"]+)";/gms)]
		.map(([, name]) => relative(root, normalize(join(root, dirname(file), name))));
}

function reach(file, seen) {
	if (seen.has(file))
		return seen;
	seen.add(file);
	for (const name of importsOf(file))
		reach(name, seen);
	return seen;
}

const needed = reach("pages/station.js", reach("app.js", new Set()));
needed.delete("app.js");
console.log([...needed].sort().join("\n"));
