// Drives a sandbox with Azure's own client: drive.js FOLDER URL SERVICE-ID,
// where FOLDER is the one that the client is installed in.

const assert = require("node:assert/strict");
const { createRequire } = require("node:module");
const path = require("node:path");

const [folder, endpoint, service] = process.argv.slice(2);
const { ApiManagementClient } = createRequire(path.join(folder, "/"))("@azure/arm-apimanagement");

const parts = service.split("/");
const at = [parts[4], parts[8]];
const inside = [...at, "npm"];
const polling = { updateIntervalInMs: 20 };

const credential = { getToken: async () => ({ token: "t", expiresOnTimestamp: 4102444800000 }) };
const client = new ApiManagementClient(credential, parts[2], {
  endpoint,
  allowInsecureConnection: true,
  retryOptions: { maxRetries: 0 },
});
// The client's own policy sends no token over plain http.
client.pipeline.removePolicy({ name: "bearerTokenAuthenticationPolicy" });
client.pipeline.addPolicy({
  name: "bearer",
  sendRequest: (request, next) => {
    request.headers.set("authorization", "Bearer t");
    return next(request);
  },
});

/** The error with which a call is refused. */
async function refused(status, call) {
  const error = await call.then(
    () => assert.fail(`a ${status} was expected`),
    (error) => error,
  );
  assert.equal(error.statusCode, status, `${error}`);
  return error;
}

async function names(items) {
  const found = [];
  for await (const item of items) found.push(item.name);
  return found;
}

/** The names in a list of more than one page. */
async function paged(list) {
  const pages = [];
  for await (const page of list.byPage()) pages.push(page.map((item) => item.name));
  assert.ok(pages.length > 1 && pages.every((page) => page.length <= 3), JSON.stringify(pages));
  const found = pages.flat();
  assert.equal(new Set(found).size, found.length, `${found}`);
  return found;
}

const api = (title, at, more) => ({
  displayName: title,
  path: at,
  protocols: ["https"],
  serviceUrl: "https://backend.example",
  ...more,
});

const definition = JSON.stringify({
  openapi: "3.0.1",
  info: { title: "Imported", version: "1" },
  servers: [{ url: "https://imported.example" }],
  paths: {},
});

const policy = (value) => ({
  format: "rawxml",
  value:
    '<policies><inbound><base /><set-header name="k" exists-action="override">' +
    `<value>{{${value}}}</value></set-header></inbound><backend><base /></backend>` +
    "<outbound><base /></outbound><on-error><base /></on-error></policies>",
});

async function theService() {
  const found = await client.apiManagementService.get(...at);
  assert.equal(found.id, service);
  assert.equal(found.sku.name, "Premium");
  const all = await names(client.apiManagementService.listByResourceGroup(at[0]));
  assert.ok(all.includes(at[1]), `${all}`);
}

async function longRunning() {
  const values = client.namedValue;
  const key = { displayName: "npm-key", value: "v1", secret: true };
  const made = await values.beginCreateOrUpdateAndWait(...at, "npm-key", key, polling);
  assert.deepEqual([made.name, made.displayName, made.secret], ["npm-key", "npm-key", true]);
  assert.equal(made.value, undefined);
  assert.equal((await values.listValue(...at, "npm-key")).value, "v1");
  await values.beginUpdateAndWait(...at, "npm-key", "*", { value: "v2" }, polling);
  assert.equal((await values.listValue(...at, "npm-key")).value, "v2");
  // What is wrong with it is told by the poll.
  const twin = { displayName: "npm-key", value: "x" };
  const failed = await values.beginCreateOrUpdateAndWait(...at, "npm-twin", twin, polling).then(
    () => assert.fail("a twin was made"),
    (error) => error,
  );
  assert.match(`${failed}`, /incorrect values/);

  const text = api("Imported", "imported", { format: "openapi+json", value: definition });
  const imported = await client.api.beginCreateOrUpdateAndWait(...at, "npm-api", text, polling);
  assert.deepEqual([imported.name, imported.path], ["npm-api", "imported"]);
  assert.equal((await client.api.get(...at, "npm-api")).isCurrent, true);
}

async function workspace() {
  const made = await client.workspace.createOrUpdate(...inside, { displayName: "npm" });
  assert.equal(made.name, "npm");
  assert.ok(await client.workspace.getEntityTag(...inside));

  const inner = { displayName: "npm-inner", value: "v", secret: true };
  const values = client.workspaceNamedValue;
  await values.beginCreateOrUpdateAndWait(...inside, "npm-inner", inner, polling);
  assert.equal((await values.listValue(...inside, "npm-inner")).value, "v");

  const apis = client.workspaceApi;
  const plain = api("Inner", "inner");
  const written = await apis.beginCreateOrUpdateAndWait(...inside, "npm-inner", plain, polling);
  assert.ok(written.id.includes("/workspaces/npm/apis/npm-inner"), written.id);
  const text = api("Text", "inner-text", { format: "openapi+json", value: definition });
  const poller = await apis.beginCreateOrUpdate(...inside, "npm-text", text, polling);
  const imported = await poller.pollUntilDone();
  assert.deepEqual([imported.name, imported.path], ["npm-text", "inner-text"]);

  const list = { displayName: "List", method: "GET", urlTemplate: "/list" };
  const operation = await client.workspaceApiOperation.createOrUpdate(...inside, "npm-inner", "list", list);
  assert.deepEqual([operation.method, operation.urlTemplate], ["GET", "/list"]);

  const product = { displayName: "Inner", subscriptionRequired: true };
  await client.workspaceProduct.createOrUpdate(...inside, "npm-inner", product);
  const links = client.workspaceProductApiLink;
  const link = { apiId: written.id };
  assert.equal((await links.createOrUpdate(...inside, "npm-inner", "to-inner", link)).apiId, written.id);
  assert.deepEqual(await names(links.listByProduct(...inside, "npm-inner")), ["to-inner"]);
  const other = await refused(409, links.createOrUpdate(...inside, "npm-inner", "again", link));
  assert.ok(other.code, `${other}`);

  await client.workspaceTag.createOrUpdate(...inside, "npm-inner", { displayName: "inner" });
  const tagged = client.workspaceTagApiLink;
  await tagged.createOrUpdate(...inside, "npm-inner", "to-inner", link);
  assert.deepEqual(await names(tagged.listByProduct(...inside, "npm-inner")), ["to-inner"]);
  await tagged.delete(...inside, "npm-inner", "to-inner");
  await refused(404, tagged.get(...inside, "npm-inner", "to-inner"));

  const scope = `${service}/workspaces/npm/products/npm-inner`;
  const wanted = { displayName: "Inner", scope, state: "active", primaryKey: "n".repeat(32) };
  const subscriptions = client.workspaceSubscription;
  assert.equal((await subscriptions.createOrUpdate(...inside, "npm-inner", wanted)).state, "active");
  assert.equal((await subscriptions.get(...inside, "npm-inner")).primaryKey, undefined);
  assert.equal((await subscriptions.listSecrets(...inside, "npm-inner")).primaryKey, "n".repeat(32));
}

async function policies() {
  const policies = client.workspaceApiPolicy;
  const where = [...inside, "npm-inner", "policy"];
  await policies.createOrUpdate(...where, policy("npm-inner"));
  const read = await policies.get(...where, { format: "rawxml" });
  assert.ok(read.value.includes("{{npm-inner}}"), read.value);
  const error = await refused(400, policies.createOrUpdate(...where, policy("no-such")));
  assert.equal(error.code, "ValidationError");
  assert.ok(JSON.stringify(error.details).includes("no-such"), JSON.stringify(error.details));
  await client.apiPolicy.createOrUpdate(...at, "npm-api", "policy", policy("npm-key"));
}

async function lists() {
  for (const n of [0, 1, 2, 3]) {
    await client.tag.createOrUpdate(...at, `npm-page-${n}`, { displayName: `npm-page-${n}` });
  }
  const tags = await paged(client.tag.listByService(...at));
  assert.equal(tags.filter((name) => name.startsWith("npm-page-")).length, 4);
  assert.ok((await paged(client.api.listByService(...at))).includes("npm-api"));
  assert.deepEqual(await names(client.api.listByService(...at, { filter: "name eq 'npm-api'" })), ["npm-api"]);
  assert.deepEqual((await names(client.workspaceApi.listByService(...inside))).sort(), ["npm-inner", "npm-text"]);
}

async function etags() {
  const backend = { url: "https://backend.example", protocol: "http" };
  await client.backend.createOrUpdate(...at, "npm-backend", backend);
  const { eTag } = await client.backend.get(...at, "npm-backend");
  assert.ok(eTag);
  assert.equal((await client.backend.getEntityTag(...at, "npm-backend")).eTag, eTag);
  await refused(412, client.backend.delete(...at, "npm-backend", '"wrong"'));
  await client.backend.delete(...at, "npm-backend", eTag);
  await refused(404, client.backend.get(...at, "npm-backend"));

  await refused(400, client.workspaceProduct.delete(...inside, "npm-inner", "*"));
  await client.workspaceProduct.delete(...inside, "npm-inner", "*", { deleteSubscriptions: true });
  await client.api.beginDeleteAndWait(...at, "npm-api", "*", polling);
  await refused(404, client.api.get(...at, "npm-api"));
  await client.workspace.delete(...inside, "*");
  await refused(404, client.workspace.get(...inside));
}

(async () => {
  for (const step of [theService, longRunning, workspace, policies, lists, etags]) {
    console.log(step.name);
    await step();
  }
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
