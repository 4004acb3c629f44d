// JavaScript clients as their users call them. BASE and TOKEN say where the server is; one line a call.
import assert from "node:assert/strict";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { constructLlmApi } from "@continuedev/openai-adapters";
import { embedMany, generateText, stepCountIs, streamText, tool } from "ai";
import { Ollama } from "ollama";
import OpenAI from "openai";
import { streamText as reorStreamText, tool as reorTool } from "reor-ai";
import { createOpenAI as reorCreateOpenAI } from "reor-openai";
import { z } from "zod";

const { BASE, TOKEN } = process.env;
const QUESTION = "How many eggs does the omelette take?";
const asked = [{ role: "user", content: QUESTION }];
const vault = "notec+vault:select";

async function call(name, work) {
  await work();
  console.log(name);
}

const openai = new OpenAI({ baseURL: `${BASE}/v1`, apiKey: TOKEN, maxRetries: 0 });
await call("openai-javascript models", async () => {
  const names = [];
  for await (const model of openai.models.list()) names.push(model.id);
  assert(names.includes("tiny"));
});
await call("openai-javascript chat vault", async () => {
  const said = await openai.chat.completions.create({ model: vault, messages: asked });
  assert.match(said.choices[0].message.content, /three eggs/);
  assert.equal(said.citations[0].note, "Omelette.md");
});
await call("openai-javascript stream", async () => {
  const stream = await openai.chat.completions.create({ model: "tiny", messages: asked, max_tokens: 4, stream: true });
  let finish;
  for await (const chunk of stream) finish = chunk.choices[0]?.finish_reason ?? finish;
  assert.equal(finish, "length");
});
await call("openai-javascript responses", async () => {
  const said = await openai.responses.create({ model: vault, input: QUESTION });
  assert.match(said.output_text, /three eggs/);
});
await call("openai-javascript embeddings", async () => {
  const found = await openai.embeddings.create({ model: "notec+embed", input: ["a", "b"] });
  assert.equal(found.data.length, 2);
  assert(Number.isFinite(found.data[0].embedding[0]));
});
await call("openai-javascript errors", async () => {
  const wrong = openai.chat.completions.create({ model: "tinny", messages: asked });
  await assert.rejects(wrong, (error) => error.status === 404 && /did you mean/.test(error.message));
});

const tools = [
  {
    type: "function",
    function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
  },
];
const tooled = { baseURL: `${process.env.TOOLED}/v1`, apiKey: process.env.TOOLED_TOKEN };
await call("openai-javascript tools", async () => {
  const said = await new OpenAI(tooled).chat.completions.create({ model: "tiny", messages: asked, tools });
  const { name, arguments: given } = said.choices[0].message.tool_calls[0].function;
  assert.deepEqual([name, JSON.parse(given)], ["weather", { city: "Oslo" }]);
});
await call("openai-javascript completion", async () => {
  const said = await openai.completions.create({ model: "tiny", prompt: "a", max_tokens: 3, temperature: 0 });
  assert.equal(said.usage.completion_tokens, 3);
});

const ollama = new Ollama({ host: BASE, headers: { Authorization: `Bearer ${TOKEN}` } });
await call("ollama-javascript models", async () => assert((await ollama.list()).models.some((m) => m.name === "tiny:latest")));
await call("ollama-javascript chat vault", async () => {
  const said = await ollama.chat({ model: vault, messages: asked });
  assert.match(said.message.content, /three eggs/);
});
await call("ollama-javascript stream", async () => {
  let last;
  const options = { num_predict: 4 };
  for await (const part of await ollama.chat({ model: "tiny", messages: asked, stream: true, options })) last = part;
  assert(last.done);
});
await call("ollama-javascript embeddings", async () => {
  assert.equal((await ollama.embed({ model: "notec+embed", input: ["a", "b"] })).embeddings.length, 2);
});

await call("ollama-javascript tools", async () => {
  const client = new Ollama({ host: process.env.TOOLED, headers: { Authorization: `Bearer ${tooled.apiKey}` } });
  const said = await client.chat({ model: "tiny", messages: asked, tools });
  assert.deepEqual(said.message.tool_calls[0].function.arguments, { city: "Oslo" });
});
await call("ollama-javascript completion", async () => {
  const said = await ollama.generate({ model: "tiny", prompt: "a", options: { num_predict: 3, temperature: 0 } });
  assert.equal(said.eval_count, 3);
});
await call("ollama-javascript errors", async () => {
  const wrong = ollama.chat({ model: "tinny", messages: asked });
  await assert.rejects(wrong, (error) => error.status_code === 404 && /did you mean/.test(error.message));
});

const provider = createOpenAICompatible({ name: "notec", baseURL: `${BASE}/v1`, apiKey: TOKEN });
await call("ai-sdk chat vault", async () => {
  const said = await generateText({ model: provider(vault), prompt: QUESTION, maxRetries: 0 });
  assert.match(said.text, /three eggs/);
});
await call("ai-sdk stream", async () => {
  const said = streamText({ model: provider(vault), prompt: QUESTION, maxRetries: 0 });
  let text = "";
  for await (const part of said.textStream) text += part;
  assert.match(text, /three eggs/);
});
await call("ai-sdk embeddings", async () => {
  const model = provider.textEmbeddingModel("notec+embed");
  assert.equal((await embedMany({ model, values: ["a", "b"] })).embeddings.length, 2);
});

await call("ai-sdk tools", async () => {
  const model = createOpenAICompatible({ name: "notec", ...tooled })("tiny");
  const weather = tool({ inputSchema: z.object({ city: z.string() }), execute: async () => "rain" });
  const said = await generateText({ model, prompt: QUESTION, tools: { weather }, stopWhen: stepCountIs(3) });
  assert.equal(said.text, "it is fine");
  assert.deepEqual(said.steps[0].toolCalls[0].input, { city: "Oslo" });
});
await call("ai-sdk completion", async () => {
  const model = provider.completionModel("tiny");
  const said = await generateText({ model, prompt: "a", maxOutputTokens: 3, temperature: 0, maxRetries: 0 });
  assert.equal(said.usage.outputTokens, 3);
});
await call("ai-sdk errors", async () => {
  const wrong = generateText({ model: provider("tinny"), prompt: QUESTION, maxRetries: 0 });
  await assert.rejects(wrong, (error) => error.statusCode === 404 && /did you mean/.test(error.message));
});

// Reor, by the very versions of its packages and its own call: src/lib/llm/client.ts, src/components/Chat/index.tsx
const reor = reorCreateOpenAI({ apiKey: TOKEN, baseURL: `${BASE}/v1` });
await call("reor chat stream vault", async () => {
  const { textStream, toolCalls } = await reorStreamText({ model: reor(vault), messages: asked, tools: {} });
  let text = "";
  for await (const part of textStream) text += part;
  assert.match(text, /three eggs/);
  assert.deepEqual(await toolCalls, []);
});
await call("reor tools", async () => {
  const toolServer = reorCreateOpenAI(tooled);
  const weather = reorTool({ description: "the weather", parameters: z.object({ city: z.string() }) });
  const { textStream, toolCalls } = await reorStreamText({
    model: toolServer("tiny"),
    messages: asked,
    tools: { weather },
  });
  for await (const part of textStream) assert.equal(part, "");
  assert.deepEqual((await toolCalls).map(({ toolName, args }) => [toolName, args.city]), [["weather", "Oslo"]]);
});

// Whole replies of a server that fills a long silence with blanks
const slow = { baseURL: `${process.env.SLOW}/v1`, apiKey: process.env.SLOW_TOKEN };
await call("openai-javascript chat", async () => {
  const said = await new OpenAI(slow).chat.completions.create({ model: "tiny", messages: asked });
  assert.equal(said.choices[0].message.content, "at last");
});
await call("ollama-javascript chat", async () => {
  const client = new Ollama({ host: process.env.SLOW, headers: { Authorization: `Bearer ${slow.apiKey}` } });
  assert.equal((await client.chat({ model: "tiny", messages: asked })).message.content, "at last");
});
await call("ai-sdk chat", async () => {
  const model = createOpenAICompatible({ name: "notec", ...slow })("tiny");
  assert.equal((await generateText({ model, prompt: QUESTION, maxRetries: 0 })).text, "at last");
});

for (const { provider, model, apiBase, apiKey } of JSON.parse(process.env.CONTINUE)) {
  await call("continue chat stream vault", async () => {
    const api = constructLlmApi({ provider, apiBase, apiKey });
    const signal = new AbortController().signal;
    const said = await api.chatCompletionNonStream({ model, messages: asked, max_tokens: 64 }, signal);
    if (model === vault) assert.match(said.choices[0].message.content, /three eggs/);
    let text = "";
    for await (const chunk of api.chatCompletionStream({ model, messages: asked, max_tokens: 64, stream: true }, signal))
      text += chunk.choices[0]?.delta?.content ?? "";
    if (model === vault) assert.match(text, /three eggs/);
  });
}
const adapter = constructLlmApi({ provider: "openai", apiBase: `${BASE}/v1/`, apiKey: TOKEN });
const never = new AbortController().signal;
await call("continue models", async () => {
  assert((await adapter.list()).some((model) => model.id === "tiny"));
});
await call("continue completion", async () => {
  const asked = { model: "tiny", prompt: "a", max_tokens: 3, temperature: 0, stream: false };
  assert.equal((await adapter.completionNonStream(asked, never)).usage.completion_tokens, 3);
});
await call("continue embeddings", async () => {
  assert.equal((await adapter.embed({ model: "notec+embed", input: ["a", "b"] })).data.length, 2);
});
await call("continue tools", async () => {
  const calls = constructLlmApi({ provider: "openai", apiBase: `${tooled.baseURL}/`, apiKey: tooled.apiKey });
  const said = await calls.chatCompletionNonStream({ model: "tiny", messages: asked, tools }, never);
  assert.equal(said.choices[0].message.tool_calls[0].function.name, "weather");
});
await call("continue errors", async () => {
  const wrong = adapter.chatCompletionNonStream({ model: "tinny", messages: asked }, never);
  await assert.rejects(wrong, (error) => /did you mean/.test(error.message));
});
process.exit(0);
