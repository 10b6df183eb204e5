/** A date or time that an unquoted scalar stands for. Nothing in a project may be one, but they are easily written. */
export class YamlDate {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
  toJSON(): string {
    return this.source;
  }
}

/** What the reader refuses: a scalar that has a tag without a value. */
export class BadScalar extends Error {}

const BOOL = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/;
const TRUE = /^(?:yes|true|on)$/i;
const NULL = /^(?:~|null|Null|NULL|)$/;
const INT =
  /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const DATE =
  /^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)$/;

function sexagesimal(digits: string): number {
  return digits.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

function integer(text: string): number {
  const plain = text.replaceAll("_", "");
  const sign = plain.startsWith("-") ? -1 : 1;
  const digits = plain.replace(/^[-+]/, "");
  if (digits === "0") return 0;
  if (digits.startsWith("0b")) return sign * Number.parseInt(digits.slice(2), 2);
  if (digits.startsWith("0x")) return sign * Number.parseInt(digits.slice(2), 16);
  if (digits.startsWith("0")) return sign * Number.parseInt(digits, 8);
  return sign * sexagesimal(digits);
}

function float(text: string): number {
  const plain = text.replaceAll("_", "").toLowerCase();
  const sign = plain.startsWith("-") ? -1 : 1;
  const digits = plain.replace(/^[-+]/, "");
  if (digits === ".inf") return sign * Number.POSITIVE_INFINITY;
  if (digits === ".nan") return Number.NaN;
  return sign * (digits.includes(":") ? sexagesimal(digits) : Number(digits));
}

/** The value of an unquoted scalar as PyYAML reads YAML 1.1: `on` is true, `010` is 8, `1:30` is 90, but `1e3` is text. */
export function plainScalar(text: string): string | number | boolean | null | YamlDate {
  if (BOOL.test(text)) return TRUE.test(text);
  if (FLOAT.test(text)) return float(text);
  if (INT.test(text)) return integer(text);
  if (NULL.test(text)) return null;
  if (DATE.test(text)) return new YamlDate(text);
  if (text === "=") throw new BadScalar('an unquoted "=" has no value in YAML 1.1');
  return text;
}

/** The value of a scalar with an explicit tag of YAML 1.1, such as `!!str 1`. */
export function taggedScalar(tag: string, text: string): ReturnType<typeof plainScalar> {
  const kind = tag.replace(/^tag:yaml\.org,2002:/, "");
  if (kind === "str") return text;
  const value = kind === "float" && INT.test(text) ? integer(text) : plainScalar(text);
  const fits =
    (kind === "int" && typeof value === "number") ||
    (kind === "float" && typeof value === "number") ||
    (kind === "bool" && typeof value === "boolean") ||
    (kind === "null" && value === null);
  if (!fits) throw new BadScalar(`the tag !!${kind} is not one that this reader knows, or does not fit`);
  return value;
}
