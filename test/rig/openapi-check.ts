/** Holds answers of the API against its OpenAPI document: each status, type and body has to stand there. */

import * as z from 'zod';

type Json = Readonly<Record<string, unknown>>;

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { schema: Json }>> }>
  >;
  readonly [key: string]: unknown;
}

export interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

export interface SeenAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

export class OpenApiCheck {
  readonly document: Document;
  readonly #schemas = new Map<Json, z.ZodType>();
  /** `operationId status` of all that was seen. */
  readonly seen = new Set<string>();

  constructor(document: Document) {
    this.document = document;
  }

  /** What is wrong with an answer; undefined when nothing is, or no operation has that path. */
  faultOf(method: string, path: string, answer: SeenAnswer): string | undefined {
    const operation = this.#operation(method, path);
    if (operation === undefined) return undefined;
    const name = `${operation.operationId} ${answer.status}`;
    this.seen.add(name);
    const documented = operation.responses[String(answer.status)];
    if (documented === undefined) return `${name} is not documented: ${answer.text}`;
    if (documented.content === undefined) return answer.text === '' ? undefined : `${name} has a body`;
    const content = documented.content[answer.type];
    if (content === undefined) return `${name}: ${answer.type} is not documented`;
    if (!answer.type.includes('json')) return undefined;
    const parsed = this.#schema(content.schema).safeParse(JSON.parse(answer.text));
    return parsed.success
      ? undefined
      : `${name}: ${z.prettifyError(parsed.error)}\n${answer.text.slice(0, 500)}`;
  }

  #operation(method: string, path: string): Operation | undefined {
    const plain = path.split('?')[0] ?? '';
    const matching = Object.entries(this.document.paths).filter(([template]) =>
      new RegExp(`^${template.replace(/\./g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`).test(plain),
    );
    // A literal segment wins over a parameter, as it does in the server.
    const [best] = matching.sort(([one], [other]) => one.split('{').length - other.split('{').length);
    return best?.[1][method.toLowerCase()];
  }

  #schema(schema: Json): z.ZodType {
    let made = this.#schemas.get(schema);
    if (made === undefined) {
      const { $ref } = schema;
      const named =
        typeof $ref === 'string' ? this.document.components.schemas[$ref.split('/').at(-1) ?? ''] : schema;
      if (named === undefined) throw new Error(`nothing stands at ${String($ref)}`);
      made = z.fromJSONSchema(named as Parameters<typeof z.fromJSONSchema>[0]);
      this.#schemas.set(schema, made);
    }
    return made;
  }
}
