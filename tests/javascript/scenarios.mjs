// What the official JavaScript client does against the sandbox; `node scenarios.mjs NAME` runs one scenario.

import "./browser.mjs";

import assert from "node:assert/strict";

import { Event, SERVER_LOCATION_ID, Session } from "@ftrack/api";

const { FTRACK_SERVER, FTRACK_API_USER, FTRACK_API_KEY } = process.env;

const open = async (options = {}) => {
  const session = new Session(FTRACK_SERVER, FTRACK_API_USER, FTRACK_API_KEY, options);
  await session.initializing;
  return session;
};

const openWithHub = async () => {
  const session = await open({ autoConnectEventHub: true });
  await until(() => session.eventHub.isConnected());
  return session;
};

const until = async (condition, seconds = 10) => {
  const deadline = Date.now() + seconds * 1000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `waited ${seconds} s in vain for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

// The client never learns that the hub has taken its subscriptions; an event of its own that comes back tells.
const subscribed = async (session) => {
  const topic = `test.echo.${crypto.randomUUID()}`;
  let heard = false;
  session.eventHub.subscribe(`topic=${topic}`, () => void (heard = true));
  await session.eventHub.publish(new Event(topic, {}));
  await until(() => heard);
};

const newProject = async (session) => {
  const name = `javascript_${crypto.randomUUID().slice(0, 8)}`;
  const schema = (await session.query("select id from ProjectSchema limit 1")).data[0];
  const { data } = await session.create("Project", { name, full_name: name, project_schema_id: schema.id });
  return data;
};

const bytes = (size) => new Blob([Uint8Array.from({ length: size }, (_, index) => index % 251)]);

const download = async (session, componentId) =>
  Buffer.from(await (await fetch(session.getComponentUrl(componentId))).arrayBuffer());

const scenarios = {
  async session() {
    const session = await open();
    assert.ok(session.serverInformation.schema_hash);
    assert.ok(session.getSchema("AssetVersion").properties.asset);
    assert.deepEqual(session.getPrimaryKeyAttributes("Task"), ["id"]);
  },

  async wrong_key() {
    const session = new Session(FTRACK_SERVER, FTRACK_API_USER, "wrong");
    await assert.rejects(session.initializing, { name: "ServerError" });
  },

  async query() {
    const session = await open();
    const project = await newProject(session);
    const { data } = await session.query(
      `select name, project_schema.name, created_at from Project where id is "${project.id}"`,
    );
    assert.equal(data.length, 1);
    assert.equal(data[0].name, project.name);
    assert.ok(data[0].project_schema.name);
    const page = await session.query("select id from Status order by name limit 2");
    assert.deepEqual([page.data.length, page.metadata.next.offset], [2, 2]);
  },

  async query_without_normalisation() {
    const session = await open({ ensureSerializableResponse: true, decodeDatesAsIso: true });
    const project = await newProject(session);
    const { data } = await session.query(`select name, created_at from Project where id is "${project.id}"`);
    assert.equal(JSON.parse(JSON.stringify(data))[0].name, project.name);
    assert.ok(!Number.isNaN(Date.parse(data[0].created_at)));
  },

  async mistakes() {
    const session = await open();
    await assert.rejects(session.query("select nonsense from Project"), { name: "ServerValidationError" });
    await assert.rejects(session.call([{ action: "no_such_action" }]), /no_such_action/);
    const strict = await open({ strictApi: true });
    await assert.rejects(strict.query("select nonsense from Project"), { name: "ServerValidationError" });
  },

  async changes() {
    const session = await open();
    const project = await newProject(session);
    const { data: folder } = await session.create("Folder", { name: "reel", parent_id: project.id, project_id: project.id });
    await session.update("Folder", folder.id, { name: "reel_1" });
    await session.update("Folder", [folder.id], { description: "second" });
    const expression = `select name, description from Folder where id is "${folder.id}"`;
    const [found] = (await session.query(expression)).data;
    assert.deepEqual([found.name, found.description], ["reel_1", "second"]);
    const ensured = await session.ensure("Folder", { name: "reel_1", parent_id: project.id }, ["name", "parent_id"]);
    assert.equal(ensured.id, folder.id);
    await session.delete("Folder", [folder.id]);
    assert.equal((await session.query(expression)).data.length, 0);
  },

  async upload() {
    const session = await open();
    const [component, location] = await session.createComponent(bytes(1500), { name: "clip.mov" });
    assert.deepEqual([component.data.name, component.data.file_type], ["clip", ".mov"]);
    assert.equal(location.data.location_id, SERVER_LOCATION_ID);
    assert.equal((await download(session, component.data.id)).length, 1500);
  },

  async upload_in_parts() {
    const session = await open();
    const file = bytes(4321);
    const progress = [];
    const [component] = await session.createComponent(file, {
      name: "long.mov",
      onProgress: (percentage) => progress.push(percentage),
    });
    assert.deepEqual(await download(session, component.data.id), Buffer.from(await file.arrayBuffer()));
    assert.equal(progress.at(-1), 100);
  },

  async events() {
    const [sender, receiver] = [await openWithHub(), await openWithHub()];
    const received = [];
    const topic = `test.${crypto.randomUUID()}`;
    receiver.eventHub.subscribe(`topic=${topic}`, (event) => {
      received.push(event);
      return { answer: event.data.question + 1 };
    });
    await subscribed(receiver);
    await subscribed(sender);
    const reply = await sender.eventHub.publishAndWaitForReply(new Event(topic, { question: 41 }));
    assert.deepEqual(reply.data, { answer: 42 });
    assert.equal(received[0].source.user.username, FTRACK_API_USER);
  },

  async update_events() {
    const session = await openWithHub();
    const updates = [];
    session.eventHub.subscribe("topic=ftrack.update", (event) => void updates.push(event));
    await subscribed(session);
    const project = await newProject(session);
    await until(() => updates.some((event) => event.data.entities.some((entity) => entity.entityId === project.id)));
    const event = updates.find((each) => each.data.entities.some((entity) => entity.entityId === project.id));
    assert.equal(event.data.clientToken, session.clientToken);
    assert.deepEqual([event.data.entities[0].entityType, event.data.entities[0].action], ["show", "add"]);
  },
};

const name = process.argv[2];
assert.ok(scenarios[name], `there is no scenario ${name}`);
await scenarios[name]();
process.exit(0);
