/** A CEL rule of a schema. `fieldPath` is relative to the schema that holds it. */
export interface ValidationRule {
  rule: string;
  message?: string;
  fieldPath?: string;
}

/** A structural OpenAPI schema as a CRD has it. */
export interface CrdSchema {
  title?: string;
  description?: string;
  type?: string;
  format?: string;
  properties?: Record<string, CrdSchema>;
  additionalProperties?: CrdSchema;
  items?: CrdSchema;
  required?: string[];
  default?: unknown;
  "x-kubernetes-validations"?: ValidationRule[];
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-list-type"?: string;
  "x-kubernetes-list-map-keys"?: string[];
  [keyword: string]: unknown;
}
