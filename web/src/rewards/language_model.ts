/** Asks a language model of the user's choice; key and address stay in this browser, and nothing is sent before they ask. */

export const PROVIDERS = ["anthropic", "openai", "paste"] as const;
export type Provider = (typeof PROVIDERS)[number];

export interface ModelAccess {
  readonly provider: Provider;
  /** Where it is asked, without a slash at the end. */
  readonly address: string;
  readonly key: string;
  readonly model: string;
}

export const USUAL_ACCESS: Readonly<Record<Provider, ModelAccess>> = {
  anthropic: { provider: "anthropic", address: "https://api.anthropic.com", key: "", model: "claude-sonnet-4-5" },
  openai: { provider: "openai", address: "http://localhost:11434/v1", key: "", model: "llama3.1" },
  paste: { provider: "paste", address: "", key: "", model: "" },
};

const KEPT = "bbconvert-language-model";
const MOST_TOKENS = 4000;
const TIMEOUT_MS = 120_000;

/** The access that this browser keeps; else the usual one. */
export function keptAccess(): ModelAccess {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "null") as ModelAccess | null;
    if (kept !== null && PROVIDERS.includes(kept.provider)) return { ...USUAL_ACCESS[kept.provider], ...kept };
  } catch {
    // What was kept is not ours, or nothing may be kept here.
  }
  return USUAL_ACCESS.paste;
}

export function keepAccess(access: ModelAccess): void {
  try {
    localStorage.setItem(KEPT, JSON.stringify(access));
  } catch {
    // Then it is asked for again.
  }
}

/** The whole address of the question. */
export function endpointOf({ provider, address }: ModelAccess): string {
  const base = address.replace(/\/+$/, "");
  return provider === "anthropic" ? `${base}/v1/messages` : `${base}/chat/completions`;
}

/** The model's answer as text. Rejects, in words, where there is none. */
export async function ask(access: ModelAccess, instructions: string, question: string): Promise<string> {
  const { provider, key, model } = access;
  const url = endpointOf(access);
  const messages = [{ role: "user", content: question }];
  const asked =
    provider === "anthropic"
      ? {
          headers: {
            "x-api-key": key,
            "anthropic-version": "2023-06-01",
            "anthropic-dangerous-direct-browser-access": "true",
          },
          body: { model, max_tokens: MOST_TOKENS, system: instructions, messages },
        }
      : {
          headers: key === "" ? {} : { authorization: `Bearer ${key}` },
          body: { model, max_tokens: MOST_TOKENS, messages: [{ role: "system", content: instructions }, ...messages] },
        };
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...(asked.headers as Record<string, string>) },
      body: JSON.stringify(asked.body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `${url} cannot be reached (${reason}). Check the address; the server has to allow this page (CORS).`,
    );
  }
  const text = await response.text();
  const document = parsed(text);
  if (!response.ok) {
    const said = at(document, ["error", "message"]) ?? at(document, ["error"]);
    throw new Error(
      `${url} answered ${response.status}: ${typeof said === "string" ? said : text.slice(0, 200) || "nothing"}`,
    );
  }
  const path = provider === "anthropic" ? ["content", 0, "text"] : ["choices", 0, "message", "content"];
  const answer = at(document, path);
  if (typeof answer !== "string")
    throw new Error(`${url} answered in another form than expected: there is no ${path.join(".")} in it.`);
  return answer;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function at(document: unknown, path: readonly (string | number)[]): unknown {
  let value = document;
  for (const key of path)
    value = typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[key] : undefined;
  return value;
}
