// SPDX-License-Identifier: MIT
// The only place that talks to the station. Errors are ApiError with the station's code,
// message and advice; a call that finds its session over is made again after a login.

export class ApiError extends Error {
	constructor(status, { code = "IO", message, advice = "" } = {}, wait = 0) {
		super(message || `The station answered with status ${status}.`);
		this.status = status;
		this.code = code;
		this.advice = advice;
		this.wait = wait; // seconds, of a login that has to wait
	}
}

/** Nothing came back: no network, or the web process is down. */
export class NoAnswer extends ApiError {
	constructor() {
		super(0, { message: "The station does not answer.",
			advice: "Check the network and the station's power; the page goes on by itself." });
	}
}

function address(path, query) {
	const given = Object.entries(query ?? {}).filter(([, value]) =>
		value !== undefined && value !== null && value !== "");
	return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

/** One segment of a path. */
export const name = encodeURIComponent;

function headersOf({ json, bytes }) {
	const headers = { "X-Sixpin": "1" };
	if (json !== undefined)
		headers["Content-Type"] = "application/json";
	if (bytes !== undefined)
		headers["Content-Type"] = "application/octet-stream";
	return headers;
}

async function send(method, path, options) {
	const { json, bytes, query, signal, etag } = options;
	const headers = headersOf(options);
	if (etag)
		headers["If-None-Match"] = etag;
	try {
		return await fetch(address(path, query), { method, headers, signal,
			body: json !== undefined ? JSON.stringify(json) : bytes,
			cache: "no-store", credentials: "same-origin" });
	} catch (failure) {
		if (failure.name === "AbortError")
			throw failure;
		throw new NoAnswer();
	}
}

export function errorOf(status, text, wait) {
	let told;
	try {
		told = JSON.parse(text);
	} catch {
		told = {};
	}
	return new ApiError(status, told.error ?? told, wait);
}

async function failure(response) {
	return errorOf(response.status, await response.text().catch(() => ""),
		Number(response.headers.get("Retry-After")) || 0);
}

/** Where a session is over, this says who logs in again; set by app.js. */
const gate = { login: null };

export function onSessionOver(login) {
	gate.login = login;
}

/** A 401 may be about a password in the body: only the session itself tells. */
async function isSessionOver() {
	const response = await send("GET", "/api/session", {});
	return response.status === 401;
}

async function sendLoggedIn(method, path, options) {
	for (;;) {
		const response = await send(method, path, options);
		if (response.status !== 401 || options.open || !gate.login)
			return response;
		if (!await isSessionOver())
			return response;
		await gate.login();
	}
}

/**
 * Calls the station. options: json, bytes, query, signal, open (a 401 is an answer like
 * others), as ("json", "blob", "text").
 */
export async function call(method, path, options = {}) {
	const response = await sendLoggedIn(method, path, options);
	if (!response.ok)
		throw await failure(response);
	if (options.as === "blob")
		return { blob: await response.blob(), name: fileNameOf(response) };
	const text = await response.text();
	return options.as === "text" ? text : text ? JSON.parse(text) : {};
}

export const get = (path, query, options) => call("GET", path, { query, ...options });
export const post = (path, json, options) => call("POST", path, { json, ...options });
export const put = (path, json, options) => call("PUT", path, { json, ...options });
export const remove = (path) => call("DELETE", path);

function fileNameOf(response) {
	const given = response.headers.get("Content-Disposition") ?? "";
	return /filename="([^"]*)"/.exec(given)?.[1] ?? "";
}

/** null: nothing has changed since `etag`. */
export async function getChanged(path, query, etag, signal) {
	const response = await sendLoggedIn("GET", path, { query, etag, signal });
	if (response.status === 304)
		return null;
	if (!response.ok)
		throw await failure(response);
	return { etag: response.headers.get("ETag"), value: await response.json() };
}

function uploadOnce(method, path, query, file, onProgress) {
	return new Promise((resolve, reject) => {
		const request = new XMLHttpRequest();
		request.open(method, address(path, query));
		for (const [header, value] of Object.entries(headersOf({ bytes: file })))
			request.setRequestHeader(header, value);
		request.upload.onprogress = (event) =>
			event.lengthComputable && onProgress?.(event.loaded / event.total);
		request.onerror = () => reject(new NoAnswer());
		request.onload = () => resolve(request);
		request.send(file);
	});
}

/** Sends a file and tells how much has gone; fetch cannot. */
export async function upload(method, path, query, file, onProgress) {
	for (;;) {
		const { status, responseText } = await uploadOnce(method, path, query, file, onProgress);
		if (status >= 200 && status < 300)
			return responseText ? JSON.parse(responseText) : {};
		if (status !== 401 || !gate.login)
			throw errorOf(status, responseText);
		await gate.login();
	}
}
