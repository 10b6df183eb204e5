/** Why an expression (CEL, JMESPath, RE2, template) can't be used or gave no value. */
export type ExpressionErrorCode =
  | "Syntax"
  | "TooLong"
  | "UnknownVariable"
  | "Type"
  | "CostExceeded"
  | "Evaluation"
  | "Unresolved";

/** Raised by the expression languages of the product; `code` is stable, `message` is for people. */
export class ExpressionError extends Error {
  readonly code: ExpressionErrorCode;
  constructor(code: ExpressionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ExpressionError";
    this.code = code;
  }
}
