// Generated from crds/ by hack/generate.ts. Do not edit.
import type { CrdSchema } from "../schema.ts";

/** The OpenAPI schema of each kind, as in its CRD. */
export const schemas: Record<string, CrdSchema> = {
  Action: {
    "description": "An entry of the catalog, which says what may be asked for, with which parameters, at which risk, and how it is done.",
    "type": "object",
    "required": [
      "spec"
    ],
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "Version of this representation, `agentsafe.dev/v1alpha1`.",
        "maxLength": 64
      },
      "kind": {
        "type": "string",
        "description": "Always `Action`.",
        "maxLength": 64
      },
      "metadata": {
        "type": "object"
      },
      "spec": {
        "description": "What the action is, what it takes and what it does.",
        "type": "object",
        "required": [
          "version",
          "description",
          "riskClass",
          "targetTypes",
          "execution"
        ],
        "x-kubernetes-validations": [
          {
            "rule": "!has(self.redaction) || !has(self.redaction.params) || (has(self.parameters) && self.redaction.params.all(n, self.parameters.exists(p, p.name == n)))",
            "message": "redaction.params names a parameter that parameters does not declare",
            "fieldPath": ".redaction.params"
          },
          {
            "rule": "!has(self.redaction) || !has(self.redaction.stateFields) || (has(self.stateFields) && self.redaction.stateFields.all(n, self.stateFields.exists(f, f.name == n)))",
            "message": "redaction.stateFields names a field that stateFields does not declare",
            "fieldPath": ".redaction.stateFields"
          },
          {
            "rule": "!has(self.execution.kubernetes) || self.execution.kubernetes.verb in ['get', 'list'] || has(self.credentials)",
            "message": "credentials is required for an execution that writes to Kubernetes",
            "fieldPath": ".credentials"
          }
        ],
        "properties": {
          "version": {
            "description": "Version of the definition, three numbers. A changed definition has a changed digest whatever it says here.",
            "type": "string",
            "maxLength": 32,
            "pattern": "^[0-9]+\\.[0-9]+\\.[0-9]+$"
          },
          "description": {
            "description": "What the action does, in words for the person who approves it.",
            "type": "string",
            "maxLength": 1024
          },
          "riskClass": {
            "description": "Risk of the action by itself. The sensitivity of the target raises or lowers it to the effective risk.",
            "type": "string",
            "enum": [
              "low",
              "medium",
              "high",
              "critical"
            ]
          },
          "targetTypes": {
            "description": "Types of target (`spec.type` of a Target) that the action fits. A request for a target of another type is denied.",
            "type": "array",
            "minItems": 1,
            "maxItems": 16,
            "x-kubernetes-list-type": "set",
            "items": {
              "type": "string",
              "minLength": 1,
              "maxLength": 63,
              "description": "A type of target."
            }
          },
          "parameters": {
            "description": "Parameters that a request may give. A parameter that is not declared here is refused.",
            "type": "array",
            "maxItems": 32,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": [
              "name"
            ],
            "items": {
              "title": "ActionParameter",
              "description": "One parameter.",
              "type": "object",
              "required": [
                "name",
                "type"
              ],
              "x-kubernetes-validations": [
                {
                  "rule": "!has(self.constraints) || !(has(self.constraints.minimum) || has(self.constraints.maximum)) || self.type in ['integer', 'number']",
                  "message": "constraints.minimum and constraints.maximum fit only the types integer and number",
                  "fieldPath": ".constraints"
                },
                {
                  "rule": "!has(self.constraints) || !(has(self.constraints.minLength) || has(self.constraints.maxLength) || has(self.constraints.pattern)) || self.type == 'string'",
                  "message": "constraints.minLength, constraints.maxLength and constraints.pattern fit only the type string",
                  "fieldPath": ".constraints"
                },
                {
                  "rule": "!has(self.constraints) || !(has(self.constraints.minItems) || has(self.constraints.maxItems)) || self.type == 'array'",
                  "message": "constraints.minItems and constraints.maxItems fit only the type array",
                  "fieldPath": ".constraints"
                }
              ],
              "properties": {
                "name": {
                  "description": "Name of the parameter, a key of `spec.params` of a request.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 63,
                  "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"
                },
                "type": {
                  "description": "Type of the value. An integer is not a number with a fraction of zero, and a boolean is neither.",
                  "type": "string",
                  "enum": [
                    "string",
                    "integer",
                    "number",
                    "boolean",
                    "array"
                  ]
                },
                "required": {
                  "description": "Whether a request must give it. A bound parameter may be left out all the same, because the target gives it.",
                  "type": "boolean",
                  "default": true
                },
                "description": {
                  "description": "What the parameter means.",
                  "type": "string",
                  "maxLength": 512
                },
                "default": {
                  "description": "Value that an absent optional parameter takes before the request is judged. It must satisfy type and constraints.",
                  "x-kubernetes-preserve-unknown-fields": true
                },
                "constraints": {
                  "title": "ParameterConstraints",
                  "description": "Bounds of the value. All of them must hold.",
                  "type": "object",
                  "x-kubernetes-validations": [
                    {
                      "rule": "!has(self.minimum) || !has(self.maximum) || self.minimum <= self.maximum",
                      "message": "minimum must not be above maximum"
                    },
                    {
                      "rule": "!has(self.minLength) || !has(self.maxLength) || self.minLength <= self.maxLength",
                      "message": "minLength must not be above maxLength"
                    },
                    {
                      "rule": "!has(self.minItems) || !has(self.maxItems) || self.minItems <= self.maxItems",
                      "message": "minItems must not be above maxItems"
                    }
                  ],
                  "properties": {
                    "minimum": {
                      "type": "number",
                      "description": "Smallest number that is allowed."
                    },
                    "maximum": {
                      "type": "number",
                      "description": "Largest number that is allowed."
                    },
                    "minLength": {
                      "type": "integer",
                      "format": "int32",
                      "minimum": 0,
                      "maximum": 32768,
                      "description": "Smallest length of a string, in code points."
                    },
                    "maxLength": {
                      "type": "integer",
                      "format": "int32",
                      "minimum": 0,
                      "maximum": 32768,
                      "description": "Largest length of a string, in code points."
                    },
                    "minItems": {
                      "type": "integer",
                      "format": "int32",
                      "minimum": 0,
                      "maximum": 1024,
                      "description": "Smallest number of items of an array."
                    },
                    "maxItems": {
                      "type": "integer",
                      "format": "int32",
                      "minimum": 0,
                      "maximum": 1024,
                      "description": "Largest number of items of an array."
                    },
                    "pattern": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 512,
                      "description": "RE2 regular expression that the whole string must match."
                    },
                    "enum": {
                      "description": "Values that are allowed, of the parameter's type.",
                      "type": "array",
                      "minItems": 1,
                      "maxItems": 64,
                      "x-kubernetes-list-type": "atomic",
                      "items": {
                        "x-kubernetes-preserve-unknown-fields": true,
                        "description": "A value."
                      }
                    }
                  }
                }
              }
            }
          },
          "bindings": {
            "description": "Parameters whose value the target gives, by parameter name. A value is a path such as `target.namespace`, `target.name` or `target.labels.app`, which the parameter must equal and which fills it when it is absent; or `{ownedBy: target}`, which says that the parameter names the target's own object or one that it owns, as a Deployment owns its pods, checked live before the effect.",
            "type": "object",
            "maxProperties": 32,
            "additionalProperties": {
              "title": "ParameterBinding",
              "description": "A path into the target, or `{ownedBy: target}`.",
              "x-kubernetes-preserve-unknown-fields": true
            }
          },
          "prechecks": {
            "description": "Checks that must pass, live, before the effect. One that fails ends the request with nothing done.",
            "type": "array",
            "maxItems": 16,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": [
              "name"
            ],
            "items": {
              "title": "Precheck",
              "description": "One check. Without `require` it asks that the object that it reads exists.",
              "type": "object",
              "required": [
                "name"
              ],
              "x-kubernetes-validations": [
                {
                  "rule": "!has(self.read) || has(self.require)",
                  "message": "require is required when read is given, because it says what must hold of what was read",
                  "fieldPath": ".require"
                }
              ],
              "properties": {
                "name": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 63,
                  "pattern": "^[a-z]([a-z0-9-]*[a-z0-9])?$",
                  "description": "Name of the check."
                },
                "description": {
                  "type": "string",
                  "maxLength": 512,
                  "description": "What the check protects from."
                },
                "read": {
                  "title": "PrecheckRead",
                  "description": "What to read for the check. The default is the target's own object.",
                  "type": "object",
                  "required": [
                    "apiVersion",
                    "kind"
                  ],
                  "properties": {
                    "apiVersion": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 128,
                      "description": "API version of what is read, such as `autoscaling/v2`."
                    },
                    "kind": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 63,
                      "description": "Kind of what is read."
                    },
                    "namespace": {
                      "type": "string",
                      "maxLength": 253,
                      "description": "Its namespace: a path such as `target.namespace` or `params.namespace`, or a template. Absent means cluster-wide."
                    },
                    "name": {
                      "type": "string",
                      "maxLength": 253,
                      "description": "Its name: a path such as `target.name` or `params.pod`, or a template. Absent means that all are listed."
                    },
                    "labelSelector": {
                      "type": "string",
                      "maxLength": 512,
                      "description": "Label selector of a list."
                    },
                    "fieldSelector": {
                      "type": "string",
                      "maxLength": 512,
                      "description": "Field selector of a list."
                    }
                  }
                },
                "require": {
                  "description": "CEL that must be true. It knows `object` (what was read by name, or null when it does not exist), `items` (what was listed), `target`, `params`, `request` and `now`.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 2048
                },
                "message": {
                  "type": "string",
                  "maxLength": 512,
                  "description": "What a person is told when the check fails."
                }
              }
            }
          },
          "stateFields": {
            "description": "What is recorded, before and after, of the object that the call acts on, each field read by a path. Nothing else of it is kept.",
            "type": "array",
            "maxItems": 32,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": [
              "name"
            ],
            "items": {
              "title": "StateField",
              "description": "One field of the state.",
              "type": "object",
              "required": [
                "name",
                "path"
              ],
              "properties": {
                "name": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 63,
                  "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
                  "description": "Name of the field, used as `before_state.<name>` in templates."
                },
                "description": {
                  "type": "string",
                  "maxLength": 512,
                  "description": "What the field tells."
                },
                "type": {
                  "type": "string",
                  "enum": [
                    "string",
                    "integer",
                    "number",
                    "boolean",
                    "array",
                    "object",
                    "any"
                  ],
                  "default": "any",
                  "description": "Type that the value must have."
                },
                "path": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 512,
                  "description": "JMESPath over the observed object. It may hold templates such as `{{ params.key }}`, whose values are quoted."
                },
                "required": {
                  "type": "boolean",
                  "default": false,
                  "description": "Whether the effect is refused when the field can't be read before it."
                }
              }
            }
          },
          "reversible": {
            "type": "boolean",
            "default": false,
            "description": "Whether a finished request of this action can be undone by `rollback`."
          },
          "rollback": {
            "title": "ActionRollback",
            "description": "Which action undoes this one, and with which parameters.",
            "type": "object",
            "required": [
              "action"
            ],
            "properties": {
              "action": {
                "type": "string",
                "minLength": 1,
                "maxLength": 63,
                "pattern": "^[a-z][a-z0-9-]*$",
                "description": "Name of the action that undoes this one."
              },
              "params": {
                "description": "Templates of its parameters over `params`, `target` and `before_state`.",
                "type": "object",
                "maxProperties": 32,
                "x-kubernetes-preserve-unknown-fields": true
              }
            }
          },
          "requiredPrivileges": {
            "description": "Privileges that the action needs, such as `apps/deployments:patch`. Documentation; `credentials` is what is granted.",
            "type": "array",
            "maxItems": 32,
            "x-kubernetes-list-type": "set",
            "items": {
              "type": "string",
              "minLength": 1,
              "maxLength": 128,
              "description": "A privilege."
            }
          },
          "credentials": {
            "title": "ActionCredentials",
            "description": "The credential that one execution gets, and no more than that.",
            "type": "object",
            "required": [
              "provider"
            ],
            "x-kubernetes-validations": [
              {
                "rule": "!(has(self.rules) && (has(self.actions) || has(self.resources)))",
                "message": "rules (Kubernetes) and actions or resources (AWS) must not both be given"
              },
              {
                "rule": "!has(self.resources) || has(self.actions)",
                "message": "actions is required when resources is given",
                "fieldPath": ".actions"
              }
            ],
            "properties": {
              "provider": {
                "type": "string",
                "minLength": 1,
                "maxLength": 253,
                "description": "Name of the CredentialProvider that issues it."
              },
              "revokeAfter": {
                "type": "string",
                "maxLength": 16,
                "pattern": "^([0-9]+h)?([0-9]+m)?([0-9]+s)?$",
                "minLength": 2,
                "default": "5m",
                "description": "Longest time until it is revoked, as in `5m`. It is revoked sooner when the execution ends."
              },
              "rules": {
                "description": "RBAC rules of a Kubernetes credential, one per thing that is read or written.",
                "type": "array",
                "minItems": 1,
                "maxItems": 16,
                "x-kubernetes-list-type": "atomic",
                "items": {
                  "title": "CredentialRule",
                  "description": "One RBAC rule with the scope in which it is granted.",
                  "type": "object",
                  "required": [
                    "apiGroups",
                    "resources",
                    "verbs",
                    "scope"
                  ],
                  "x-kubernetes-validations": [
                    {
                      "rule": "self.scope != 'target' || !self.verbs.exists(v, v in ['list', 'watch', 'create', 'deletecollection'])",
                      "message": "a rule with scope target can't have the verbs list, watch, create or deletecollection, which RBAC can't limit to a name",
                      "fieldPath": ".verbs"
                    },
                    {
                      "rule": "!self.apiGroups.exists(g, g == '*') && !self.resources.exists(r, r == '*' || r == '*/*') && !self.verbs.exists(v, v == '*')",
                      "message": "apiGroups, resources and verbs must be named; a wildcard is not allowed"
                    }
                  ],
                  "properties": {
                    "apiGroups": {
                      "description": "API groups, the empty string being the core group.",
                      "type": "array",
                      "minItems": 1,
                      "maxItems": 4,
                      "x-kubernetes-list-type": "atomic",
                      "items": {
                        "type": "string",
                        "maxLength": 253,
                        "description": "An API group."
                      }
                    },
                    "resources": {
                      "description": "Resources and subresources, such as `deployments/scale`.",
                      "type": "array",
                      "minItems": 1,
                      "maxItems": 8,
                      "x-kubernetes-list-type": "atomic",
                      "items": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 128,
                        "description": "A resource."
                      }
                    },
                    "verbs": {
                      "description": "Verbs that are granted.",
                      "type": "array",
                      "minItems": 1,
                      "maxItems": 8,
                      "x-kubernetes-list-type": "atomic",
                      "items": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 32,
                        "description": "A verb."
                      }
                    },
                    "scope": {
                      "description": "How far the rule reaches: `target` names the object of the registered targets, `namespace` is the namespace of the target, and `cluster` is everywhere.",
                      "type": "string",
                      "enum": [
                        "target",
                        "namespace",
                        "cluster"
                      ]
                    }
                  }
                }
              },
              "actions": {
                "description": "API actions of an AWS session policy, such as `ec2:StopInstances`.",
                "type": "array",
                "minItems": 1,
                "maxItems": 32,
                "x-kubernetes-list-type": "set",
                "items": {
                  "type": "string",
                  "minLength": 3,
                  "maxLength": 128,
                  "pattern": "^[a-z0-9-]+:[A-Za-z0-9]+$",
                  "description": "An API action, without wildcards."
                }
              },
              "resources": {
                "description": "Templates of the ARNs that an AWS session policy names, such as `{{ target.arn }}`. A value may never bring in a wildcard.",
                "type": "array",
                "minItems": 1,
                "maxItems": 16,
                "x-kubernetes-list-type": "set",
                "items": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 1024,
                  "description": "A template of an ARN."
                }
              }
            }
          },
          "execution": {
            "title": "ActionExecution",
            "description": "How the action is done. Exactly one of `kubernetes`, `aws` and `handler` says what it calls.",
            "type": "object",
            "x-kubernetes-validations": [
              {
                "rule": "(has(self.kubernetes) ? 1 : 0) + (has(self.aws) ? 1 : 0) + (has(self.handler) ? 1 : 0) == 1",
                "message": "exactly one of kubernetes, aws and handler must be given"
              }
            ],
            "properties": {
              "executor": {
                "type": "string",
                "minLength": 1,
                "maxLength": 63,
                "pattern": "^[a-z]([a-z0-9-]*[a-z0-9])?$",
                "default": "kubernetes",
                "description": "Which executor runs it: `kubernetes`, `aws`, or `dry-run`, which touches nothing at all."
              },
              "audience": {
                "type": "string",
                "minLength": 1,
                "maxLength": 253,
                "default": "agent-safe-executor",
                "description": "Audience of the ticket. Only executors that serve it take the ticket."
              },
              "idempotent": {
                "type": "boolean",
                "default": false,
                "description": "Whether doing it twice is the same as doing it once."
              },
              "observe": {
                "type": "string",
                "minLength": 1,
                "maxLength": 2048,
                "description": "CEL that tells whether it was done, asked after a crash. It knows `object` (what the call acts on, null when it does not exist), `params`, `target`, `before_state`, `request` and `now`. Without it a person resolves an unknown outcome."
              },
              "timeout": {
                "type": "string",
                "minLength": 2,
                "maxLength": 16,
                "pattern": "^([0-9]+h)?([0-9]+m)?([0-9]+s)?$",
                "default": "5m",
                "description": "Longest time that the call and the wait after it may take, as in `5m`."
              },
              "kubernetes": {
                "title": "KubernetesExecution",
                "description": "One call to the Kubernetes API.",
                "type": "object",
                "required": [
                  "verb",
                  "resource"
                ],
                "x-kubernetes-validations": [
                  {
                    "rule": "!has(self.patchType) || self.verb == 'patch'",
                    "message": "patchType is only for the verb patch",
                    "fieldPath": ".patchType"
                  },
                  {
                    "rule": "!has(self.gracePeriodSeconds) || self.verb in ['delete', 'evict']",
                    "message": "gracePeriodSeconds is only for the verbs delete and evict",
                    "fieldPath": ".gracePeriodSeconds"
                  },
                  {
                    "rule": "!has(self.propagationPolicy) || self.verb == 'delete'",
                    "message": "propagationPolicy is only for the verb delete",
                    "fieldPath": ".propagationPolicy"
                  }
                ],
                "properties": {
                  "verb": {
                    "type": "string",
                    "enum": [
                      "get",
                      "list",
                      "create",
                      "patch",
                      "delete",
                      "evict"
                    ],
                    "description": "What is done."
                  },
                  "apiVersion": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 128,
                    "description": "API version of the resource, such as `apps/v1`. The default is that of the target's object."
                  },
                  "resource": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 128,
                    "pattern": "^[a-z0-9]+(/[a-z0-9]+)?$",
                    "description": "Plural name of the resource, with a subresource if need be, such as `deployments/scale`."
                  },
                  "namespace": {
                    "type": "string",
                    "maxLength": 253,
                    "description": "Template of the namespace. The default is that of the target's object."
                  },
                  "name": {
                    "type": "string",
                    "maxLength": 253,
                    "description": "Template of the name. The default is that of the target's object."
                  },
                  "patchType": {
                    "type": "string",
                    "enum": [
                      "merge",
                      "strategic",
                      "json",
                      "apply"
                    ],
                    "description": "Kind of patch. The default is `merge`."
                  },
                  "patch": {
                    "x-kubernetes-preserve-unknown-fields": true,
                    "description": "Template of the patch: an object, or a list of operations for the type `json`."
                  },
                  "body": {
                    "type": "object",
                    "maxProperties": 64,
                    "x-kubernetes-preserve-unknown-fields": true,
                    "description": "Template of the object that is created."
                  },
                  "gracePeriodSeconds": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 128,
                    "description": "Template of the grace period of a deletion, such as `{{ params.grace_period }}`."
                  },
                  "propagationPolicy": {
                    "type": "string",
                    "enum": [
                      "Foreground",
                      "Background",
                      "Orphan"
                    ],
                    "description": "What happens to the objects that a deleted one owns."
                  },
                  "waitFor": {
                    "type": "string",
                    "enum": [
                      "none",
                      "rollout",
                      "deleted",
                      "exists"
                    ],
                    "default": "none",
                    "description": "What to wait for after the call: `rollout` of a workload, the object to be `deleted`, or the object to be there (`exists`)."
                  }
                }
              },
              "aws": {
                "title": "AwsExecution",
                "description": "One call to an AWS service.",
                "type": "object",
                "required": [
                  "service",
                  "operation"
                ],
                "properties": {
                  "service": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 63,
                    "pattern": "^[a-z0-9-]+$",
                    "description": "Name of the service as the SDK's client package has it, such as `ec2`."
                  },
                  "operation": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 128,
                    "pattern": "^[A-Z][A-Za-z0-9]*$",
                    "description": "Operation, such as `StopInstances`."
                  },
                  "input": {
                    "type": "object",
                    "maxProperties": 64,
                    "x-kubernetes-preserve-unknown-fields": true,
                    "description": "Template of the operation's input."
                  },
                  "observe": {
                    "title": "AwsRead",
                    "description": "The call that reads the resource's state.",
                    "type": "object",
                    "required": [
                      "operation"
                    ],
                    "properties": {
                      "service": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 63,
                        "pattern": "^[a-z0-9-]+$",
                        "description": "Name of the service. The default is that of the call."
                      },
                      "operation": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 128,
                        "pattern": "^[A-Z][A-Za-z0-9]*$",
                        "description": "Operation, such as `DescribeInstances`."
                      },
                      "input": {
                        "type": "object",
                        "maxProperties": 64,
                        "x-kubernetes-preserve-unknown-fields": true,
                        "description": "Template of the operation's input."
                      },
                      "path": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 512,
                        "description": "JMESPath of the object within the answer."
                      }
                    }
                  },
                  "waitFor": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 2048,
                    "description": "CEL over `object` that is awaited after the call."
                  }
                }
              },
              "handler": {
                "title": "HandlerExecution",
                "description": "A named handler in code, for what needs several steps.",
                "type": "object",
                "required": [
                  "handler"
                ],
                "properties": {
                  "handler": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 63,
                    "pattern": "^[a-z]([a-z0-9-]*[a-z0-9])?$",
                    "description": "Name of the handler, such as `drain`."
                  },
                  "input": {
                    "type": "object",
                    "maxProperties": 64,
                    "x-kubernetes-preserve-unknown-fields": true,
                    "description": "Template of the handler's input."
                  }
                }
              },
              "output": {
                "title": "ExecutionOutput",
                "description": "Where the answer of the call goes, and how much of it.",
                "type": "object",
                "properties": {
                  "to": {
                    "type": "string",
                    "enum": [
                      "none",
                      "status",
                      "secret"
                    ],
                    "default": "none",
                    "description": "Nowhere, into `status.execution.output`, or into a Secret beside the request. What may be secret must not go to the status."
                  },
                  "maxBytes": {
                    "type": "integer",
                    "format": "int32",
                    "minimum": 0,
                    "maximum": 32768,
                    "default": 4096,
                    "description": "Bytes of it that are kept."
                  },
                  "path": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 512,
                    "description": "JMESPath of the part of the answer that is kept. The default is a short line that names the object."
                  }
                }
              }
            }
          },
          "redaction": {
            "title": "ActionRedaction",
            "description": "What must be shown only as a keyed digest in status, audit log, pull requests and reports.",
            "type": "object",
            "properties": {
              "params": {
                "description": "Names of parameters.",
                "type": "array",
                "minItems": 1,
                "maxItems": 32,
                "x-kubernetes-list-type": "set",
                "items": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 63,
                  "description": "Name of a parameter."
                }
              },
              "stateFields": {
                "description": "Names of state fields.",
                "type": "array",
                "minItems": 1,
                "maxItems": 32,
                "x-kubernetes-list-type": "set",
                "items": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 63,
                  "description": "Name of a state field."
                }
              },
              "outputPatterns": {
                "description": "RE2 regular expressions whose matches are blanked out in the output.",
                "type": "array",
                "minItems": 1,
                "maxItems": 16,
                "x-kubernetes-list-type": "set",
                "items": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 512,
                  "description": "A regular expression."
                }
              }
            }
          },
          "tags": {
            "description": "Words to find the action by.",
            "type": "array",
            "maxItems": 16,
            "x-kubernetes-list-type": "set",
            "items": {
              "type": "string",
              "minLength": 1,
              "maxLength": 63,
              "description": "A tag."
            }
          }
        }
      },
      "status": {
        "description": "What the controller has found.",
        "type": "object",
        "default": {
          "observedGeneration": -1
        },
        "properties": {
          "observedGeneration": {
            "type": "integer",
            "format": "int64",
            "minimum": -1,
            "default": -1,
            "description": "Generation that this status is about. -1 until the object has been looked at."
          },
          "digest": {
            "type": "string",
            "maxLength": 71,
            "pattern": "^sha256:[0-9a-f]{64}$",
            "description": "Digest of the object's name and spec, which tickets and decisions cite."
          },
          "conditions": {
            "description": "State of the object: `Ready`, and `Reconciling` or `Stalled` only while they are true.",
            "type": "array",
            "maxItems": 16,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": [
              "type"
            ],
            "items": {
              "title": "Condition",
              "description": "One aspect of the state.",
              "type": "object",
              "required": [
                "type",
                "status",
                "lastTransitionTime",
                "reason",
                "message"
              ],
              "properties": {
                "type": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 63,
                  "pattern": "^[A-Z][A-Za-z0-9]*$",
                  "description": "Name of the aspect."
                },
                "status": {
                  "type": "string",
                  "enum": [
                    "True",
                    "False",
                    "Unknown"
                  ],
                  "description": "Whether it holds."
                },
                "observedGeneration": {
                  "type": "integer",
                  "format": "int64",
                  "minimum": 0,
                  "description": "Generation that the condition is about."
                },
                "lastTransitionTime": {
                  "type": "string",
                  "format": "date-time",
                  "maxLength": 64,
                  "description": "When `status` last changed."
                },
                "reason": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 128,
                  "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                  "description": "Why, as one word of a closed set."
                },
                "message": {
                  "type": "string",
                  "maxLength": 4096,
                  "description": "Why, for people."
                }
              }
            }
          }
        }
      }
    }
  },
  ActionPlan: {
    "description": "Several actions that are judged as a whole before the first begins and then done in order. It is immutable; what becomes of it is told by its status.",
    "type": "object",
    "required": [
      "spec"
    ],
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "Version of this representation, `agentsafe.dev/v1alpha1`.",
        "maxLength": 64
      },
      "kind": {
        "type": "string",
        "description": "Always `ActionPlan`.",
        "maxLength": 64
      },
      "metadata": {
        "type": "object"
      },
      "spec": {
        "description": "What is asked for. It never changes; for something else, create another plan.",
        "type": "object",
        "required": [
          "steps"
        ],
        "x-kubernetes-validations": [
          {
            "rule": "self == oldSelf",
            "message": "spec is immutable; create another plan for something else"
          }
        ],
        "properties": {
          "steps": {
            "description": "The steps. One without `dependsOn` begins after the one before it.",
            "type": "array",
            "minItems": 1,
            "maxItems": 32,
            "x-kubernetes-list-type": "atomic",
            "items": {
              "title": "PlanStep",
              "description": "One action on one target.",
              "type": "object",
              "required": [
                "name",
                "action",
                "target"
              ],
              "properties": {
                "name": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 63,
                  "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
                  "description": "Name of the step, unique within the plan."
                },
                "action": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 63,
                  "pattern": "^[a-z][a-z0-9-]*$",
                  "description": "Name of the Action."
                },
                "target": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 253,
                  "pattern": "^[A-Za-z0-9]([A-Za-z0-9._/:-]*[A-Za-z0-9])?$",
                  "description": "Id of the Target, such as `prod/api-server`."
                },
                "params": {
                  "description": "Parameters of the action. Those that the target gives may be left out.",
                  "type": "object",
                  "maxProperties": 32,
                  "default": {},
                  "x-kubernetes-preserve-unknown-fields": true
                },
                "dependsOn": {
                  "description": "Names of steps that must have succeeded before. The default is the step before this one; an empty list lets it begin at once.",
                  "type": "array",
                  "maxItems": 31,
                  "x-kubernetes-list-type": "atomic",
                  "items": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 63,
                    "description": "Name of a step."
                  }
                },
                "reason": {
                  "type": "string",
                  "maxLength": 1024,
                  "description": "Why this step, for the people who approve and for the audit log."
                }
              }
            }
          },
          "reason": {
            "type": "string",
            "maxLength": 1024,
            "description": "Why, for the people who approve and for the audit log."
          },
          "ticketId": {
            "type": "string",
            "minLength": 1,
            "maxLength": 128,
            "description": "External change ticket, such as `CHG-1042`. It holds for every step."
          },
          "correlationId": {
            "type": "string",
            "minLength": 1,
            "maxLength": 128,
            "description": "What ties this plan to other plans and requests."
          },
          "onFailure": {
            "type": "string",
            "enum": [
              "stop"
            ],
            "default": "stop",
            "description": "What happens when a step fails: `stop` begins no further one."
          },
          "delegationRef": {
            "title": "ParentReference",
            "description": "The Delegation under which the agent asks.",
            "type": "object",
            "required": [
              "name",
              "uid"
            ],
            "properties": {
              "name": {
                "type": "string",
                "minLength": 1,
                "maxLength": 253,
                "description": "Name of the object in the same namespace."
              },
              "uid": {
                "type": "string",
                "minLength": 1,
                "maxLength": 64,
                "description": "Its UID."
              }
            }
          },
          "requester": {
            "title": "Requester",
            "description": "Who asks, stamped at admission from the authenticated user. Leave it out.",
            "type": "object",
            "required": [
              "username"
            ],
            "properties": {
              "username": {
                "type": "string",
                "minLength": 1,
                "maxLength": 512,
                "description": "Username."
              },
              "uid": {
                "type": "string",
                "maxLength": 128,
                "description": "UID of the user."
              },
              "groups": {
                "description": "Groups of the user.",
                "type": "array",
                "maxItems": 128,
                "x-kubernetes-list-type": "atomic",
                "items": {
                  "type": "string",
                  "maxLength": 253,
                  "description": "A group."
                }
              },
              "extra": {
                "description": "Further attributes of the user, such as the pod and the id of its token.",
                "type": "object",
                "maxProperties": 32,
                "additionalProperties": {
                  "description": "Values of the attribute.",
                  "type": "array",
                  "maxItems": 16,
                  "items": {
                    "type": "string",
                    "maxLength": 1024,
                    "description": "A value."
                  }
                }
              }
            }
          }
        }
      },
      "status": {
        "description": "What has become of the plan.",
        "type": "object",
        "default": {
          "observedGeneration": -1
        },
        "x-kubernetes-validations": [
          {
            "rule": "!(has(oldSelf.conditions) && oldSelf.conditions.exists(c, c.type == 'Approved' && c.status == 'True')) || (has(self.conditions) && self.conditions.exists(c, c.type == 'Approved' && c.status == 'True'))",
            "message": "conditions: Approved is final once it is True",
            "fieldPath": ".conditions"
          },
          {
            "rule": "!(has(oldSelf.conditions) && oldSelf.conditions.exists(c, c.type == 'Denied' && c.status == 'True')) || (has(self.conditions) && self.conditions.exists(c, c.type == 'Denied' && c.status == 'True'))",
            "message": "conditions: Denied is final once it is True",
            "fieldPath": ".conditions"
          },
          {
            "rule": "!(has(oldSelf.conditions) && oldSelf.conditions.exists(c, c.type == 'Finished' && c.status == 'True')) || (has(self.conditions) && self.conditions.exists(c, c.type == 'Finished' && c.status == 'True'))",
            "message": "conditions: Finished is final once it is True",
            "fieldPath": ".conditions"
          },
          {
            "rule": "!has(self.conditions) || !(self.conditions.exists(c, c.type == 'Approved' && c.status == 'True') && self.conditions.exists(c, c.type == 'Denied' && c.status == 'True'))",
            "message": "conditions: Approved and Denied can't both be True",
            "fieldPath": ".conditions"
          },
          {
            "rule": "!(has(oldSelf.conditions) && oldSelf.conditions.exists(c, c.type == 'Finished' && c.status == 'True')) || !has(self.conditions) || oldSelf.conditions.all(o, o.type != 'Ready' || self.conditions.exists(c, c.type == 'Ready' && c.status == o.status && c.reason == o.reason))",
            "message": "conditions: Ready is final once Finished is True",
            "fieldPath": ".conditions"
          },
          {
            "rule": "!(has(oldSelf.settled) && oldSelf.settled) || (has(self.settled) && self.settled)",
            "message": "settled never goes back to false",
            "fieldPath": ".settled"
          },
          {
            "rule": "!(has(self.settled) && self.settled) || (has(self.conditions) && self.conditions.exists(c, c.type == 'Finished' && c.status == 'True'))",
            "message": "settled needs the condition Finished to be True",
            "fieldPath": ".settled"
          },
          {
            "rule": "!has(oldSelf.steps) || oldSelf.steps.all(o, !has(o.uid) || (has(self.steps) && self.steps.exists(s, s.name == o.name && has(s.uid) && s.uid == o.uid)))",
            "message": "steps: the request of a step is final once it is set",
            "fieldPath": ".steps"
          }
        ],
        "properties": {
          "observedGeneration": {
            "type": "integer",
            "format": "int64",
            "minimum": -1,
            "default": -1,
            "description": "Generation that this status is about. -1 until the plan has been looked at."
          },
          "settled": {
            "type": "boolean",
            "default": false,
            "description": "Whether the plan is finished and all its requests are settled."
          },
          "stepsDone": {
            "type": "string",
            "maxLength": 16,
            "pattern": "^[0-9]+/[0-9]+$",
            "description": "Steps that succeeded, of all, as in `1/3`."
          },
          "agent": {
            "title": "RequestAgent",
            "description": "Who the requester is.",
            "type": "object",
            "required": [
              "id"
            ],
            "properties": {
              "id": {
                "type": "string",
                "maxLength": 1536,
                "description": "Agent id. One that was lent power stands under who lent it, as in `deploy-bot/helper-bot`."
              },
              "name": {
                "type": "string",
                "maxLength": 253,
                "description": "Name of the Agent."
              },
              "uid": {
                "type": "string",
                "maxLength": 64,
                "description": "UID of the Agent."
              },
              "digest": {
                "type": "string",
                "maxLength": 71,
                "description": "Digest of the Agent."
              },
              "roles": {
                "description": "Roles that it was judged with.",
                "type": "array",
                "maxItems": 32,
                "x-kubernetes-list-type": "atomic",
                "items": {
                  "type": "string",
                  "maxLength": 128,
                  "description": "A role."
                }
              },
              "groups": {
                "description": "Groups that it was judged with.",
                "type": "array",
                "maxItems": 32,
                "x-kubernetes-list-type": "atomic",
                "items": {
                  "type": "string",
                  "maxLength": 128,
                  "description": "A group."
                }
              },
              "delegation": {
                "description": "The chain of delegation, root first. Empty for an agent that asks for itself.",
                "type": "array",
                "maxItems": 5,
                "x-kubernetes-list-type": "atomic",
                "items": {
                  "title": "DelegationLink",
                  "description": "An agent that lent its power.",
                  "type": "object",
                  "required": [
                    "id"
                  ],
                  "properties": {
                    "id": {
                      "type": "string",
                      "maxLength": 1536,
                      "description": "Agent id."
                    },
                    "name": {
                      "type": "string",
                      "maxLength": 253,
                      "description": "Name of the Agent."
                    },
                    "uid": {
                      "type": "string",
                      "maxLength": 64,
                      "description": "UID of the Agent."
                    },
                    "digest": {
                      "type": "string",
                      "maxLength": 71,
                      "description": "Digest of the Agent."
                    },
                    "roles": {
                      "description": "Roles that it lent.",
                      "type": "array",
                      "maxItems": 32,
                      "x-kubernetes-list-type": "atomic",
                      "items": {
                        "type": "string",
                        "maxLength": 128,
                        "description": "A role."
                      }
                    },
                    "groups": {
                      "description": "Groups that it lent.",
                      "type": "array",
                      "maxItems": 32,
                      "x-kubernetes-list-type": "atomic",
                      "items": {
                        "type": "string",
                        "maxLength": 128,
                        "description": "A group."
                      }
                    },
                    "delegation": {
                      "type": "string",
                      "maxLength": 253,
                      "description": "Name of the Delegation."
                    },
                    "at": {
                      "type": "string",
                      "format": "date-time",
                      "maxLength": 64,
                      "description": "When it was lent."
                    }
                  }
                }
              }
            }
          },
          "decision": {
            "title": "PlanDecision",
            "description": "What policy decided about the plan as a whole.",
            "type": "object",
            "required": [
              "result"
            ],
            "properties": {
              "result": {
                "type": "string",
                "enum": [
                  "allow",
                  "deny",
                  "require_approval",
                  "undecided"
                ],
                "description": "The decision: the strictest of its steps'."
              },
              "cause": {
                "type": "string",
                "maxLength": 128,
                "description": "Cause, as one word of a closed set, such as `NoMatchingRule`."
              },
              "reason": {
                "type": "string",
                "maxLength": 4096,
                "description": "Reason, for people."
              },
              "riskClass": {
                "type": "string",
                "enum": [
                  "low",
                  "medium",
                  "high",
                  "critical"
                ],
                "description": "Greatest risk of its actions by themselves."
              },
              "effectiveRisk": {
                "type": "string",
                "enum": [
                  "low",
                  "medium",
                  "high",
                  "critical"
                ],
                "description": "Greatest risk with the sensitivity of the target."
              },
              "cumulativeRisk": {
                "title": "CumulativeRisk",
                "description": "Risk that the agent has gathered within the window.",
                "type": "object",
                "required": [
                  "score",
                  "class"
                ],
                "properties": {
                  "score": {
                    "type": "integer",
                    "format": "int64",
                    "description": "Sum of the scores."
                  },
                  "class": {
                    "type": "string",
                    "enum": [
                      "low",
                      "medium",
                      "high",
                      "critical"
                    ],
                    "description": "Class of the sum."
                  }
                }
              },
              "escalatedFrom": {
                "type": "string",
                "enum": [
                  "allow",
                  "require_approval"
                ],
                "description": "What the rules alone had decided."
              },
              "judgedAt": {
                "type": "string",
                "format": "date-time",
                "maxLength": 64,
                "description": "When it was judged."
              }
            }
          },
          "steps": {
            "description": "What has become of each step.",
            "type": "array",
            "maxItems": 32,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": [
              "name"
            ],
            "items": {
              "title": "PlanStepStatus",
              "description": "One step.",
              "type": "object",
              "required": [
                "name",
                "state"
              ],
              "properties": {
                "name": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 63,
                  "description": "Name of the step."
                },
                "state": {
                  "type": "string",
                  "enum": [
                    "Pending",
                    "Running",
                    "Succeeded",
                    "Failed",
                    "Skipped",
                    "Denied",
                    "Expired",
                    "Cancelled",
                    "OutcomeUnknown"
                  ],
                  "description": "Where it stands."
                },
                "request": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 253,
                  "description": "Name of its ActionRequest."
                },
                "uid": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 64,
                  "description": "UID of its ActionRequest."
                },
                "result": {
                  "type": "string",
                  "enum": [
                    "allow",
                    "deny",
                    "require_approval",
                    "undecided"
                  ],
                  "description": "What policy decided."
                },
                "cause": {
                  "type": "string",
                  "maxLength": 128,
                  "description": "Cause of a denial, as one word of a closed set."
                },
                "policy": {
                  "type": "string",
                  "maxLength": 253,
                  "description": "Name of the policy that decided."
                },
                "rule": {
                  "type": "string",
                  "maxLength": 128,
                  "description": "Name of the rule that decided."
                },
                "reason": {
                  "type": "string",
                  "maxLength": 1024,
                  "description": "Reason, for people."
                },
                "riskClass": {
                  "type": "string",
                  "enum": [
                    "low",
                    "medium",
                    "high",
                    "critical"
                  ],
                  "description": "Risk of the action by itself."
                },
                "effectiveRisk": {
                  "type": "string",
                  "enum": [
                    "low",
                    "medium",
                    "high",
                    "critical"
                  ],
                  "description": "Risk with the sensitivity of the target."
                },
                "message": {
                  "type": "string",
                  "maxLength": 1024,
                  "description": "How it ended, for people."
                },
                "startedAt": {
                  "type": "string",
                  "format": "date-time",
                  "maxLength": 64,
                  "description": "When its request was created."
                },
                "finishedAt": {
                  "type": "string",
                  "format": "date-time",
                  "maxLength": 64,
                  "description": "When it ended."
                }
              }
            }
          },
          "audit": {
            "title": "PlanAudit",
            "description": "Where the audit log tells about it.",
            "type": "object",
            "properties": {
              "decision": {
                "title": "LogPosition",
                "description": "The decision.",
                "type": "object",
                "required": [
                  "origin",
                  "index"
                ],
                "properties": {
                  "origin": {
                    "type": "string",
                    "maxLength": 512,
                    "description": "Name of the log."
                  },
                  "index": {
                    "type": "integer",
                    "format": "int64",
                    "minimum": 0,
                    "description": "Index of the event."
                  }
                }
              },
              "outcome": {
                "title": "LogPosition",
                "description": "The outcome.",
                "type": "object",
                "required": [
                  "origin",
                  "index"
                ],
                "properties": {
                  "origin": {
                    "type": "string",
                    "maxLength": 512,
                    "description": "Name of the log."
                  },
                  "index": {
                    "type": "integer",
                    "format": "int64",
                    "minimum": 0,
                    "description": "Index of the event."
                  }
                }
              },
              "last": {
                "type": "integer",
                "format": "int64",
                "minimum": 0,
                "description": "Index of its last event."
              }
            }
          },
          "conditions": {
            "description": "State of the plan: `Ready`, `Finished`, `PolicyEvaluated`, `Approved`, `Denied`, `TicketIssued` and `Executed`; `Reconciling` or `Stalled` only while they are true.",
            "type": "array",
            "maxItems": 16,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": [
              "type"
            ],
            "items": {
              "title": "Condition",
              "description": "One aspect of the state.",
              "type": "object",
              "required": [
                "type",
                "status",
                "lastTransitionTime",
                "reason",
                "message"
              ],
              "properties": {
                "type": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 63,
                  "pattern": "^[A-Z][A-Za-z0-9]*$",
                  "description": "Name of the aspect."
                },
                "status": {
                  "type": "string",
                  "enum": [
                    "True",
                    "False",
                    "Unknown"
                  ],
                  "description": "Whether it holds."
                },
                "observedGeneration": {
                  "type": "integer",
                  "format": "int64",
                  "minimum": 0,
                  "description": "Generation that the condition is about."
                },
                "lastTransitionTime": {
                  "type": "string",
                  "format": "date-time",
                  "maxLength": 64,
                  "description": "When `status` last changed."
                },
                "reason": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 128,
                  "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                  "description": "Why, as one word of a closed set."
                },
                "message": {
                  "type": "string",
                  "maxLength": 4096,
                  "description": "Why, for people."
                }
              }
            }
          }
        }
      }
    }
  },
  ActionPolicy: {
    "description": "Rules that decide requests. The rule with the highest priority that matches decides; ties go by policy name, then by order. No match is a denial.",
    "type": "object",
    "required": [
      "spec"
    ],
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "Version of this representation, `agentsafe.dev/v1alpha1`.",
        "maxLength": 64
      },
      "kind": {
        "type": "string",
        "description": "Always `ActionPolicy`.",
        "maxLength": 64
      },
      "metadata": {
        "type": "object"
      },
      "spec": {
        "description": "The rules.",
        "type": "object",
        "required": [
          "rules"
        ],
        "properties": {
          "description": {
            "type": "string",
            "maxLength": 1024,
            "description": "What the policy is for."
          },
          "guardrail": {
            "description": "Whether this policy is a guardrail: its `deny` wins over any rule of any priority, and its `require_approval` turns an allow into an approval.",
            "type": "boolean",
            "default": false
          },
          "rules": {
            "description": "The rules, in the order that breaks ties of priority within the policy.",
            "type": "array",
            "minItems": 1,
            "maxItems": 128,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": [
              "name"
            ],
            "items": {
              "title": "PolicyRule",
              "description": "One rule.",
              "type": "object",
              "required": [
                "name",
                "match",
                "decision",
                "reason"
              ],
              "x-kubernetes-validations": [
                {
                  "rule": "!has(self.approval) || self.decision == 'require_approval'",
                  "message": "approval is only for the decision require_approval",
                  "fieldPath": ".approval"
                }
              ],
              "properties": {
                "name": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 128,
                  "pattern": "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
                  "description": "Name of the rule, unique within the policy."
                },
                "description": {
                  "type": "string",
                  "maxLength": 1024,
                  "description": "What the rule is for."
                },
                "priority": {
                  "type": "integer",
                  "format": "int32",
                  "minimum": -1000000,
                  "maximum": 1000000,
                  "default": 0,
                  "description": "The highest priority that matches decides."
                },
                "disabled": {
                  "type": "boolean",
                  "default": false,
                  "description": "A rule that must never match."
                },
                "decision": {
                  "type": "string",
                  "enum": [
                    "allow",
                    "deny",
                    "require_approval"
                  ],
                  "description": "What the rule decides."
                },
                "reason": {
                  "type": "string",
                  "maxLength": 1024,
                  "description": "Why, told to the agent and to the people who approve."
                },
                "match": {
                  "title": "RuleMatch",
                  "description": "Conditions, all of which must hold. Within a list any value suffices. An empty match fits every request.",
                  "type": "object",
                  "properties": {
                    "actions": {
                      "description": "Names of actions, with `*`, `?` and `[…]` as wildcards.",
                      "type": "array",
                      "minItems": 1,
                      "maxItems": 64,
                      "x-kubernetes-list-type": "set",
                      "items": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 128,
                        "description": "A name or pattern."
                      }
                    },
                    "targets": {
                      "title": "TargetMatch",
                      "description": "What the target must be. Even an empty block asks that the target is known.",
                      "type": "object",
                      "properties": {
                        "environments": {
                          "description": "Environments of the target.",
                          "type": "array",
                          "minItems": 1,
                          "maxItems": 3,
                          "x-kubernetes-list-type": "set",
                          "items": {
                            "type": "string",
                            "enum": [
                              "dev",
                              "staging",
                              "prod"
                            ],
                            "description": "An environment."
                          }
                        },
                        "sensitivities": {
                          "description": "Sensitivities of the target. A container counts as the most sensitive target in it.",
                          "type": "array",
                          "minItems": 1,
                          "maxItems": 4,
                          "x-kubernetes-list-type": "set",
                          "items": {
                            "type": "string",
                            "enum": [
                              "public",
                              "internal",
                              "restricted",
                              "critical"
                            ],
                            "description": "A sensitivity."
                          }
                        },
                        "types": {
                          "description": "Types of the target.",
                          "type": "array",
                          "minItems": 1,
                          "maxItems": 64,
                          "x-kubernetes-list-type": "set",
                          "items": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 63,
                            "description": "A type."
                          }
                        },
                        "labels": {
                          "description": "Labels that the target must have, each with this value.",
                          "type": "object",
                          "maxProperties": 32,
                          "x-kubernetes-validations": [
                            {
                              "rule": "self.all(name, name.size() >= 1 && name.size() <= 253)",
                              "message": "names of labels must have 1 to 253 characters"
                            }
                          ],
                          "additionalProperties": {
                            "type": "string",
                            "maxLength": 253,
                            "description": "The value of the label."
                          }
                        }
                      }
                    },
                    "callers": {
                      "title": "CallerMatch",
                      "description": "Who must be asking. Even an empty block asks that the agent is known.",
                      "type": "object",
                      "properties": {
                        "agentIds": {
                          "description": "Ids of agents.",
                          "type": "array",
                          "minItems": 1,
                          "maxItems": 64,
                          "x-kubernetes-list-type": "set",
                          "items": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 253,
                            "description": "An agent id."
                          }
                        },
                        "roles": {
                          "description": "Roles of the agent.",
                          "type": "array",
                          "minItems": 1,
                          "maxItems": 64,
                          "x-kubernetes-list-type": "set",
                          "items": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 128,
                            "description": "A role."
                          }
                        },
                        "groups": {
                          "description": "Groups of the agent.",
                          "type": "array",
                          "minItems": 1,
                          "maxItems": 64,
                          "x-kubernetes-list-type": "set",
                          "items": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 128,
                            "description": "A group."
                          }
                        },
                        "delegatedFrom": {
                          "description": "Ids of agents of which one must stand anywhere in the chain of delegation.",
                          "type": "array",
                          "minItems": 1,
                          "maxItems": 64,
                          "x-kubernetes-list-type": "set",
                          "items": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 253,
                            "description": "An agent id."
                          }
                        },
                        "maxDelegationDepth": {
                          "type": "integer",
                          "format": "int32",
                          "minimum": 0,
                          "maximum": 5,
                          "description": "Deepest delegation that matches. 0 is an agent that asks for itself."
                        },
                        "requireDelegation": {
                          "type": "boolean",
                          "description": "true matches only delegated requests, false only direct ones."
                        }
                      }
                    },
                    "riskClasses": {
                      "description": "Effective risks, that is, the risk of the action with the sensitivity of the target.",
                      "type": "array",
                      "minItems": 1,
                      "maxItems": 4,
                      "x-kubernetes-list-type": "set",
                      "items": {
                        "type": "string",
                        "enum": [
                          "low",
                          "medium",
                          "high",
                          "critical"
                        ],
                        "description": "An effective risk."
                      }
                    },
                    "timeWindows": {
                      "description": "Times, of which one must hold now.",
                      "type": "array",
                      "minItems": 1,
                      "maxItems": 32,
                      "x-kubernetes-list-type": "atomic",
                      "items": {
                        "title": "TimeWindow",
                        "description": "A daily window, from `start` up to but without `end`. One that ends before it starts runs past midnight and belongs to the day on which it began.",
                        "type": "object",
                        "properties": {
                          "days": {
                            "description": "Days on which the window begins. The default is every day.",
                            "type": "array",
                            "minItems": 1,
                            "maxItems": 7,
                            "x-kubernetes-list-type": "set",
                            "items": {
                              "type": "string",
                              "enum": [
                                "mon",
                                "tue",
                                "wed",
                                "thu",
                                "fri",
                                "sat",
                                "sun"
                              ],
                              "description": "A day."
                            }
                          },
                          "start": {
                            "type": "string",
                            "maxLength": 5,
                            "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$",
                            "default": "00:00",
                            "description": "First minute, as in `09:00`."
                          },
                          "end": {
                            "type": "string",
                            "maxLength": 5,
                            "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
                            "default": "24:00",
                            "description": "First minute after the window, as in `17:00` or `24:00`."
                          },
                          "timeZone": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 64,
                            "pattern": "^[A-Za-z0-9_+/-]+$",
                            "default": "UTC",
                            "description": "Time zone of the IANA database, as in `Europe/Berlin`."
                          }
                        }
                      }
                    },
                    "requireTicket": {
                      "type": "boolean",
                      "description": "true matches only requests with a `ticketId`, false only those without."
                    },
                    "when": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 4096,
                      "description": "CEL that must be true, over `request`, `params`, `target`, `agent` and `now`. An error is not a match, and leaves a request undecided that the rule might have decided."
                    }
                  }
                },
                "approval": {
                  "title": "ApprovalRequirement",
                  "description": "Who must approve, how, and for how long it counts.",
                  "type": "object",
                  "x-kubernetes-validations": [
                    {
                      "rule": "!has(self.breakGlass) || has(self.require)",
                      "message": "require is required when breakGlass is given",
                      "fieldPath": ".require"
                    }
                  ],
                  "properties": {
                    "provider": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 253,
                      "description": "Name of the ApprovalProvider where people approve."
                    },
                    "require": {
                      "description": "Groups of people, all of which must approve, each by different people.",
                      "type": "array",
                      "minItems": 1,
                      "maxItems": 8,
                      "x-kubernetes-list-type": "atomic",
                      "items": {
                        "title": "ApproverGroup",
                        "description": "How many of whom must approve. Without `teams` and `users`, anybody with the permission counts.",
                        "type": "object",
                        "properties": {
                          "count": {
                            "type": "integer",
                            "format": "int32",
                            "minimum": 1,
                            "maximum": 16,
                            "default": 1,
                            "description": "How many different people of this group must approve."
                          },
                          "teams": {
                            "description": "Teams of the provider, such as `acme/sre`.",
                            "type": "array",
                            "minItems": 1,
                            "maxItems": 16,
                            "x-kubernetes-list-type": "set",
                            "items": {
                              "type": "string",
                              "minLength": 1,
                              "maxLength": 253,
                              "description": "A team."
                            }
                          },
                          "users": {
                            "description": "People by user id at the provider. A login is accepted where the provider's map gives its id.",
                            "type": "array",
                            "minItems": 1,
                            "maxItems": 32,
                            "x-kubernetes-list-type": "set",
                            "items": {
                              "type": "string",
                              "minLength": 1,
                              "maxLength": 253,
                              "description": "A user id."
                            }
                          },
                          "minPermission": {
                            "type": "string",
                            "enum": [
                              "read",
                              "triage",
                              "write",
                              "maintain",
                              "admin"
                            ],
                            "description": "Least permission on the approvals repository that a voter must have."
                          }
                        }
                      }
                    },
                    "denyCount": {
                      "type": "integer",
                      "format": "int32",
                      "minimum": 1,
                      "maximum": 16,
                      "default": 1,
                      "description": "How many eligible people who request changes make a denial."
                    },
                    "ttl": {
                      "type": "string",
                      "minLength": 2,
                      "maxLength": 16,
                      "pattern": "^([0-9]+h)?([0-9]+m)?([0-9]+s)?$",
                      "default": "1h",
                      "description": "How long the request waits for people, as in `1h`."
                    },
                    "validFor": {
                      "type": "string",
                      "minLength": 2,
                      "maxLength": 16,
                      "pattern": "^([0-9]+h)?([0-9]+m)?([0-9]+s)?$",
                      "default": "15m",
                      "description": "How long after the approval the execution may begin, as in `15m`."
                    },
                    "onDrift": {
                      "type": "string",
                      "enum": [
                        "Reapprove",
                        "Deny",
                        "Warn"
                      ],
                      "default": "Reapprove",
                      "description": "What happens when the state of the target has changed since it was shown."
                    },
                    "maxRounds": {
                      "type": "integer",
                      "format": "int32",
                      "minimum": 1,
                      "maximum": 10,
                      "default": 3,
                      "description": "How often a voided round of approval is opened again."
                    },
                    "confirmDigest": {
                      "type": "boolean",
                      "default": false,
                      "description": "Whether a review must repeat the first 8 characters of the digest."
                    },
                    "excludePolicyAuthor": {
                      "type": "boolean",
                      "default": false,
                      "description": "Whether the last editor of the policy may not approve."
                    },
                    "allowUnownedAgent": {
                      "type": "boolean",
                      "default": false,
                      "description": "Whether an agent without owners can be approved, for which nobody is excluded as its owner."
                    },
                    "requireReasonPattern": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 512,
                      "description": "RE2 regular expression that the text of an approving review must match."
                    },
                    "breakGlass": {
                      "title": "BreakGlass",
                      "description": "Who may approve alone in an emergency. It raises an alert and must be reviewed afterwards.",
                      "type": "object",
                      "required": [
                        "teams"
                      ],
                      "properties": {
                        "teams": {
                          "description": "Teams of the provider.",
                          "type": "array",
                          "minItems": 1,
                          "maxItems": 16,
                          "x-kubernetes-list-type": "set",
                          "items": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 253,
                            "description": "A team."
                          }
                        },
                        "reviewWithin": {
                          "type": "string",
                          "minLength": 2,
                          "maxLength": 16,
                          "pattern": "^([0-9]+h)?([0-9]+m)?([0-9]+s)?$",
                          "default": "24h",
                          "description": "How soon the emergency must be reviewed, as in `24h`."
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      },
      "status": {
        "description": "What the controller has found.",
        "type": "object",
        "default": {
          "observedGeneration": -1
        },
        "properties": {
          "observedGeneration": {
            "type": "integer",
            "format": "int64",
            "minimum": -1,
            "default": -1,
            "description": "Generation that this status is about. -1 until the object has been looked at."
          },
          "digest": {
            "type": "string",
            "maxLength": 71,
            "pattern": "^sha256:[0-9a-f]{64}$",
            "description": "Digest of the object's name and spec, which tickets and decisions cite."
          },
          "ruleCount": {
            "type": "integer",
            "format": "int32",
            "minimum": 0,
            "description": "Number of rules that are not disabled."
          },
          "conditions": {
            "description": "State of the object: `Ready`, and `Reconciling` or `Stalled` only while they are true.",
            "type": "array",
            "maxItems": 16,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": [
              "type"
            ],
            "items": {
              "title": "Condition",
              "description": "One aspect of the state.",
              "type": "object",
              "required": [
                "type",
                "status",
                "lastTransitionTime",
                "reason",
                "message"
              ],
              "properties": {
                "type": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 63,
                  "pattern": "^[A-Z][A-Za-z0-9]*$",
                  "description": "Name of the aspect."
                },
                "status": {
                  "type": "string",
                  "enum": [
                    "True",
                    "False",
                    "Unknown"
                  ],
                  "description": "Whether it holds."
                },
                "observedGeneration": {
                  "type": "integer",
                  "format": "int64",
                  "minimum": 0,
                  "description": "Generation that the condition is about."
                },
                "lastTransitionTime": {
                  "type": "string",
                  "format": "date-time",
                  "maxLength": 64,
                  "description": "When `status` last changed."
                },
                "reason": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 128,
                  "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                  "description": "Why, as one word of a closed set."
                },
                "message": {
                  "type": "string",
                  "maxLength": 4096,
                  "description": "Why, for people."
                }
              }
            }
          }
        }
      }
    }
  },
  ActionRequest: {
    "description": "A request for one action on one target. It is immutable and done once; what becomes of it is told by its status.",
    "type": "object",
    "required": [
      "spec"
    ],
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "Version of this representation, `agentsafe.dev/v1alpha1`.",
        "maxLength": 64
      },
      "kind": {
        "type": "string",
        "description": "Always `ActionRequest`.",
        "maxLength": 64
      },
      "metadata": {
        "type": "object"
      },
      "spec": {
        "description": "What is asked for. It never changes; for something else, create another request.",
        "type": "object",
        "required": [
          "action",
          "target"
        ],
        "x-kubernetes-validations": [
          {
            "rule": "self == oldSelf",
            "message": "spec is immutable; create another request for something else"
          }
        ],
        "properties": {
          "action": {
            "type": "string",
            "minLength": 1,
            "maxLength": 63,
            "pattern": "^[a-z][a-z0-9-]*$",
            "description": "Name of the Action."
          },
          "target": {
            "type": "string",
            "minLength": 1,
            "maxLength": 253,
            "pattern": "^[A-Za-z0-9]([A-Za-z0-9._/:-]*[A-Za-z0-9])?$",
            "description": "Id of the Target, such as `prod/api-server`."
          },
          "params": {
            "description": "Parameters of the action. Those that the target gives may be left out.",
            "type": "object",
            "maxProperties": 32,
            "default": {},
            "x-kubernetes-preserve-unknown-fields": true
          },
          "reason": {
            "type": "string",
            "maxLength": 1024,
            "description": "Why, for the people who approve and for the audit log."
          },
          "ticketId": {
            "type": "string",
            "minLength": 1,
            "maxLength": 128,
            "description": "External change ticket, such as `CHG-1042`."
          },
          "correlationId": {
            "type": "string",
            "minLength": 1,
            "maxLength": 128,
            "description": "What ties several requests together."
          },
          "dryRun": {
            "type": "boolean",
            "default": false,
            "description": "Whether to judge it and show what it would change without doing it."
          },
          "requester": {
            "title": "Requester",
            "description": "Who asks, stamped at admission from the authenticated user. Leave it out.",
            "type": "object",
            "required": [
              "username"
            ],
            "properties": {
              "username": {
                "type": "string",
                "minLength": 1,
                "maxLength": 512,
                "description": "Username."
              },
              "uid": {
                "type": "string",
                "maxLength": 128,
                "description": "UID of the user."
              },
              "groups": {
                "description": "Groups of the user.",
                "type": "array",
                "maxItems": 128,
                "x-kubernetes-list-type": "atomic",
                "items": {
                  "type": "string",
                  "maxLength": 253,
                  "description": "A group."
                }
              },
              "extra": {
                "description": "Further attributes of the user, such as the pod and the id of its token.",
                "type": "object",
                "maxProperties": 32,
                "additionalProperties": {
                  "description": "Values of the attribute.",
                  "type": "array",
                  "maxItems": 16,
                  "items": {
                    "type": "string",
                    "maxLength": 1024,
                    "description": "A value."
                  }
                }
              }
            }
          },
          "planRef": {
            "title": "PlanReference",
            "description": "The ActionPlan that this request is a step of. Only the controller sets it.",
            "type": "object",
            "required": [
              "name",
              "uid"
            ],
            "properties": {
              "name": {
                "type": "string",
                "minLength": 1,
                "maxLength": 253,
                "description": "Name of the ActionPlan in the same namespace."
              },
              "uid": {
                "type": "string",
                "minLength": 1,
                "maxLength": 64,
                "description": "Its UID."
              },
              "step": {
                "type": "string",
                "minLength": 1,
                "maxLength": 63,
                "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
                "description": "Name of the step."
              }
            }
          },
          "rollbackOf": {
            "title": "ParentReference",
            "description": "The ActionRequest that this one undoes.",
            "type": "object",
            "required": [
              "name",
              "uid"
            ],
            "properties": {
              "name": {
                "type": "string",
                "minLength": 1,
                "maxLength": 253,
                "description": "Name of the object in the same namespace."
              },
              "uid": {
                "type": "string",
                "minLength": 1,
                "maxLength": 64,
                "description": "Its UID."
              }
            }
          },
          "delegationRef": {
            "title": "ParentReference",
            "description": "The Delegation under which the agent asks.",
            "type": "object",
            "required": [
              "name",
              "uid"
            ],
            "properties": {
              "name": {
                "type": "string",
                "minLength": 1,
                "maxLength": 253,
                "description": "Name of the object in the same namespace."
              },
              "uid": {
                "type": "string",
                "minLength": 1,
                "maxLength": 64,
                "description": "Its UID."
              }
            }
          }
        }
      },
      "status": {
        "description": "What has become of the request.",
        "type": "object",
        "default": {
          "observedGeneration": -1
        },
        "x-kubernetes-validations": [
          {
            "rule": "!(has(oldSelf.conditions) && oldSelf.conditions.exists(c, c.type == 'Approved' && c.status == 'True')) || (has(self.conditions) && self.conditions.exists(c, c.type == 'Approved' && c.status == 'True'))",
            "message": "conditions: Approved is final once it is True",
            "fieldPath": ".conditions"
          },
          {
            "rule": "!(has(oldSelf.conditions) && oldSelf.conditions.exists(c, c.type == 'Denied' && c.status == 'True')) || (has(self.conditions) && self.conditions.exists(c, c.type == 'Denied' && c.status == 'True'))",
            "message": "conditions: Denied is final once it is True",
            "fieldPath": ".conditions"
          },
          {
            "rule": "!(has(oldSelf.conditions) && oldSelf.conditions.exists(c, c.type == 'Finished' && c.status == 'True')) || (has(self.conditions) && self.conditions.exists(c, c.type == 'Finished' && c.status == 'True'))",
            "message": "conditions: Finished is final once it is True",
            "fieldPath": ".conditions"
          },
          {
            "rule": "!has(self.conditions) || !(self.conditions.exists(c, c.type == 'Approved' && c.status == 'True') && self.conditions.exists(c, c.type == 'Denied' && c.status == 'True'))",
            "message": "conditions: Approved and Denied can't both be True",
            "fieldPath": ".conditions"
          },
          {
            "rule": "!(has(oldSelf.conditions) && oldSelf.conditions.exists(c, c.type == 'Finished' && c.status == 'True')) || !has(self.conditions) || oldSelf.conditions.all(o, o.type != 'Ready' || self.conditions.exists(c, c.type == 'Ready' && c.status == o.status && c.reason == o.reason))",
            "message": "conditions: Ready is final once Finished is True",
            "fieldPath": ".conditions"
          },
          {
            "rule": "!has(oldSelf.claim) || (has(self.claim) && self.claim == oldSelf.claim)",
            "message": "claim is final once it is set",
            "fieldPath": ".claim"
          },
          {
            "rule": "!has(self.claim) || has(oldSelf.claim) || (has(self.ticket) && self.ticket.id == self.claim.ticketId && self.ticket.attempt == self.claim.attempt)",
            "message": "claim must name the id and the attempt of the ticket",
            "fieldPath": ".claim"
          },
          {
            "rule": "!has(self.claim) || has(oldSelf.claim) || !has(self.ticket) || !has(self.ticket.revokedAt)",
            "message": "claim can't take a ticket that was revoked",
            "fieldPath": ".claim"
          },
          {
            "rule": "!has(self.claim) || has(oldSelf.claim) || !has(oldSelf.conditions) || !oldSelf.conditions.exists(c, c.type in ['Finished', 'Denied'] && c.status == 'True')",
            "message": "claim can't be set on a request that is denied or finished",
            "fieldPath": ".claim"
          },
          {
            "rule": "!(has(oldSelf.settled) && oldSelf.settled) || (has(self.settled) && self.settled)",
            "message": "settled never goes back to false",
            "fieldPath": ".settled"
          },
          {
            "rule": "!(has(self.settled) && self.settled) || (has(self.conditions) && self.conditions.exists(c, c.type == 'Finished' && c.status == 'True'))",
            "message": "settled needs the condition Finished to be True",
            "fieldPath": ".settled"
          },
          {
            "rule": "!has(oldSelf.ticket) || !has(self.ticket) || self.ticket.attempt >= oldSelf.ticket.attempt",
            "message": "ticket.attempt never goes down",
            "fieldPath": ".ticket"
          },
          {
            "rule": "!has(oldSelf.claim) || (has(self.ticket) == has(oldSelf.ticket) && (!has(self.ticket) || self.ticket == oldSelf.ticket))",
            "message": "ticket is final once it is claimed",
            "fieldPath": ".ticket"
          },
          {
            "rule": "!has(oldSelf.claim) || (has(self.decision) == has(oldSelf.decision) && (!has(self.decision) || self.decision == oldSelf.decision))",
            "message": "decision is final once the ticket is claimed",
            "fieldPath": ".decision"
          }
        ],
        "properties": {
          "observedGeneration": {
            "type": "integer",
            "format": "int64",
            "minimum": -1,
            "default": -1,
            "description": "Generation that this status is about. -1 until the request has been looked at."
          },
          "settled": {
            "type": "boolean",
            "default": false,
            "description": "Whether the request is finished and its credential, receipt and pull request are done."
          },
          "agent": {
            "title": "RequestAgent",
            "description": "Who the requester is.",
            "type": "object",
            "required": [
              "id"
            ],
            "properties": {
              "id": {
                "type": "string",
                "maxLength": 1536,
                "description": "Agent id. One that was lent power stands under who lent it, as in `deploy-bot/helper-bot`."
              },
              "name": {
                "type": "string",
                "maxLength": 253,
                "description": "Name of the Agent."
              },
              "uid": {
                "type": "string",
                "maxLength": 64,
                "description": "UID of the Agent."
              },
              "digest": {
                "type": "string",
                "maxLength": 71,
                "description": "Digest of the Agent."
              },
              "roles": {
                "description": "Roles that it was judged with.",
                "type": "array",
                "maxItems": 32,
                "x-kubernetes-list-type": "atomic",
                "items": {
                  "type": "string",
                  "maxLength": 128,
                  "description": "A role."
                }
              },
              "groups": {
                "description": "Groups that it was judged with.",
                "type": "array",
                "maxItems": 32,
                "x-kubernetes-list-type": "atomic",
                "items": {
                  "type": "string",
                  "maxLength": 128,
                  "description": "A group."
                }
              },
              "delegation": {
                "description": "The chain of delegation, root first. Empty for an agent that asks for itself.",
                "type": "array",
                "maxItems": 5,
                "x-kubernetes-list-type": "atomic",
                "items": {
                  "title": "DelegationLink",
                  "description": "An agent that lent its power.",
                  "type": "object",
                  "required": [
                    "id"
                  ],
                  "properties": {
                    "id": {
                      "type": "string",
                      "maxLength": 1536,
                      "description": "Agent id."
                    },
                    "name": {
                      "type": "string",
                      "maxLength": 253,
                      "description": "Name of the Agent."
                    },
                    "uid": {
                      "type": "string",
                      "maxLength": 64,
                      "description": "UID of the Agent."
                    },
                    "digest": {
                      "type": "string",
                      "maxLength": 71,
                      "description": "Digest of the Agent."
                    },
                    "roles": {
                      "description": "Roles that it lent.",
                      "type": "array",
                      "maxItems": 32,
                      "x-kubernetes-list-type": "atomic",
                      "items": {
                        "type": "string",
                        "maxLength": 128,
                        "description": "A role."
                      }
                    },
                    "groups": {
                      "description": "Groups that it lent.",
                      "type": "array",
                      "maxItems": 32,
                      "x-kubernetes-list-type": "atomic",
                      "items": {
                        "type": "string",
                        "maxLength": 128,
                        "description": "A group."
                      }
                    },
                    "delegation": {
                      "type": "string",
                      "maxLength": 253,
                      "description": "Name of the Delegation."
                    },
                    "at": {
                      "type": "string",
                      "format": "date-time",
                      "maxLength": 64,
                      "description": "When it was lent."
                    }
                  }
                }
              }
            }
          },
          "decision": {
            "title": "RequestDecision",
            "description": "What policy decided, and why.",
            "type": "object",
            "required": [
              "result"
            ],
            "properties": {
              "result": {
                "type": "string",
                "enum": [
                  "allow",
                  "deny",
                  "require_approval",
                  "undecided"
                ],
                "description": "The decision."
              },
              "cause": {
                "type": "string",
                "maxLength": 128,
                "description": "Cause, as one word of a closed set, such as `NoMatchingRule`."
              },
              "reason": {
                "type": "string",
                "maxLength": 4096,
                "description": "Reason, for people."
              },
              "params": {
                "type": "object",
                "maxProperties": 64,
                "x-kubernetes-preserve-unknown-fields": true,
                "description": "Parameters with defaults and bindings filled in. Ticket and approval digest these."
              },
              "policy": {
                "type": "string",
                "maxLength": 253,
                "description": "Name of the policy that decided."
              },
              "policyUID": {
                "type": "string",
                "maxLength": 64,
                "description": "Its UID."
              },
              "policyGeneration": {
                "type": "integer",
                "format": "int64",
                "description": "Its generation."
              },
              "policyDigest": {
                "type": "string",
                "maxLength": 71,
                "description": "Its digest."
              },
              "policyRevision": {
                "type": "string",
                "maxLength": 253,
                "description": "Revision of the source that it was synced from."
              },
              "rule": {
                "type": "string",
                "maxLength": 128,
                "description": "Name of the rule that decided."
              },
              "riskClass": {
                "type": "string",
                "enum": [
                  "low",
                  "medium",
                  "high",
                  "critical"
                ],
                "description": "Risk of the action by itself."
              },
              "effectiveRisk": {
                "type": "string",
                "enum": [
                  "low",
                  "medium",
                  "high",
                  "critical"
                ],
                "description": "Risk with the sensitivity of the target."
              },
              "cumulativeRisk": {
                "title": "CumulativeRisk",
                "description": "Risk that the agent has gathered within the window.",
                "type": "object",
                "required": [
                  "score",
                  "class"
                ],
                "properties": {
                  "score": {
                    "type": "integer",
                    "format": "int64",
                    "description": "Sum of the scores."
                  },
                  "class": {
                    "type": "string",
                    "enum": [
                      "low",
                      "medium",
                      "high",
                      "critical"
                    ],
                    "description": "Class of the sum."
                  }
                }
              },
              "escalatedFrom": {
                "type": "string",
                "enum": [
                  "allow",
                  "require_approval"
                ],
                "description": "What the rules alone had decided."
              },
              "action": {
                "title": "DecidedAction",
                "description": "The Action that was judged.",
                "type": "object",
                "required": [
                  "name"
                ],
                "properties": {
                  "name": {
                    "type": "string",
                    "maxLength": 253,
                    "description": "Name."
                  },
                  "uid": {
                    "type": "string",
                    "maxLength": 64,
                    "description": "UID."
                  },
                  "generation": {
                    "type": "integer",
                    "format": "int64",
                    "description": "Generation."
                  },
                  "digest": {
                    "type": "string",
                    "maxLength": 71,
                    "description": "Digest."
                  }
                }
              },
              "target": {
                "title": "DecidedTarget",
                "description": "The Target that was judged.",
                "type": "object",
                "required": [
                  "id"
                ],
                "properties": {
                  "id": {
                    "type": "string",
                    "maxLength": 253,
                    "description": "Id."
                  },
                  "name": {
                    "type": "string",
                    "maxLength": 253,
                    "description": "Name."
                  },
                  "uid": {
                    "type": "string",
                    "maxLength": 64,
                    "description": "UID."
                  },
                  "generation": {
                    "type": "integer",
                    "format": "int64",
                    "description": "Generation."
                  },
                  "digest": {
                    "type": "string",
                    "maxLength": 71,
                    "description": "Digest."
                  }
                }
              },
              "trace": {
                "description": "Rules that were looked at, the one that decided and the nearest misses.",
                "type": "array",
                "maxItems": 32,
                "x-kubernetes-list-type": "atomic",
                "items": {
                  "title": "TraceEntry",
                  "description": "One rule.",
                  "type": "object",
                  "required": [
                    "outcome"
                  ],
                  "properties": {
                    "policy": {
                      "type": "string",
                      "maxLength": 253,
                      "description": "Name of the policy."
                    },
                    "rule": {
                      "type": "string",
                      "maxLength": 128,
                      "description": "Name of the rule."
                    },
                    "outcome": {
                      "type": "string",
                      "maxLength": 64,
                      "description": "What came of it, such as `matched` or `missed`."
                    },
                    "condition": {
                      "type": "string",
                      "maxLength": 512,
                      "description": "The condition that failed or was in error, such as `match.targets.environments`."
                    },
                    "message": {
                      "type": "string",
                      "maxLength": 4096,
                      "description": "The same, for people."
                    }
                  }
                }
              },
              "judgedAt": {
                "type": "string",
                "format": "date-time",
                "maxLength": 64,
                "description": "When it was judged."
              }
            }
          },
          "approval": {
            "title": "RequestApproval",
            "description": "The round of approval.",
            "type": "object",
            "properties": {
              "provider": {
                "type": "string",
                "maxLength": 253,
                "description": "Name of the ApprovalProvider."
              },
              "round": {
                "type": "integer",
                "format": "int32",
                "minimum": 1,
                "description": "Number of the round, from 1."
              },
              "digest": {
                "type": "string",
                "maxLength": 71,
                "description": "Digest of what is approved."
              },
              "repository": {
                "type": "string",
                "maxLength": 512,
                "description": "Repository in which people approve."
              },
              "url": {
                "type": "string",
                "maxLength": 1024,
                "description": "URL of the pull request."
              },
              "number": {
                "type": "integer",
                "format": "int64",
                "minimum": 0,
                "description": "Number of the pull request."
              },
              "branch": {
                "type": "string",
                "maxLength": 512,
                "description": "Its branch."
              },
              "baseBranch": {
                "type": "string",
                "maxLength": 128,
                "description": "The branch that it goes to."
              },
              "repositoryId": {
                "type": "string",
                "maxLength": 128,
                "description": "Id of the repository at the provider."
              },
              "folder": {
                "type": "string",
                "maxLength": 1024,
                "description": "Folder of the round's files in the repository."
              },
              "nonce": {
                "type": "string",
                "maxLength": 64,
                "description": "Random part of what is approved, so that equal content of two rounds has two digests."
              },
              "planDigest": {
                "type": "string",
                "maxLength": 71,
                "description": "Digest of the plan that was shown."
              },
              "closedAt": {
                "type": "string",
                "format": "date-time",
                "maxLength": 64,
                "description": "When the round was merged or closed and its receipt was committed."
              },
              "receipt": {
                "type": "string",
                "maxLength": 64,
                "description": "Commit of the receipt."
              },
              "breakGlass": {
                "type": "boolean",
                "description": "Whether one person approved alone in an emergency."
              },
              "reviewBy": {
                "type": "string",
                "format": "date-time",
                "maxLength": 64,
                "description": "By when an emergency must be reviewed."
              },
              "headSHA": {
                "type": "string",
                "maxLength": 64,
                "description": "Commit that was pushed."
              },
              "treeSHA": {
                "type": "string",
                "maxLength": 64,
                "description": "Tree of that commit."
              },
              "openedAt": {
                "type": "string",
                "format": "date-time",
                "maxLength": 64,
                "description": "When the round was opened."
              },
              "deadline": {
                "type": "string",
                "format": "date-time",
                "maxLength": 64,
                "description": "When it expires."
              },
              "verdict": {
                "type": "string",
                "enum": [
                  "Pending",
                  "Approved",
                  "Denied",
                  "Void",
                  "Expired"
                ],
                "description": "Verdict."
              },
              "verdictAt": {
                "type": "string",
                "format": "date-time",
                "maxLength": 64,
                "description": "When the verdict fell."
              },
              "validUntil": {
                "type": "string",
                "format": "date-time",
                "maxLength": 64,
                "description": "When the approval stops to count."
              },
              "message": {
                "type": "string",
                "maxLength": 1024,
                "description": "What is awaited, for people."
              },
              "approvers": {
                "description": "Who approved, for people to read.",
                "type": "array",
                "maxItems": 64,
                "x-kubernetes-list-type": "atomic",
                "items": {
                  "type": "string",
                  "maxLength": 253,
                  "description": "A login."
                }
              },
              "votes": {
                "description": "Reviews that were seen and counted.",
                "type": "array",
                "maxItems": 64,
                "x-kubernetes-list-type": "atomic",
                "items": {
                  "title": "ApprovalVote",
                  "description": "A review.",
                  "type": "object",
                  "required": [
                    "userId",
                    "verdict"
                  ],
                  "properties": {
                    "reviewId": {
                      "type": "string",
                      "maxLength": 128,
                      "description": "Id of the review at the provider."
                    },
                    "state": {
                      "type": "string",
                      "enum": [
                        "APPROVED",
                        "CHANGES_REQUESTED",
                        "COMMENTED",
                        "DISMISSED",
                        "PENDING"
                      ],
                      "description": "State of the review when it was last seen. One that vanishes or goes back voids the round."
                    },
                    "userId": {
                      "type": "string",
                      "maxLength": 253,
                      "description": "User id of the person at the provider."
                    },
                    "login": {
                      "type": "string",
                      "maxLength": 253,
                      "description": "Login, for people to read."
                    },
                    "verdict": {
                      "type": "string",
                      "enum": [
                        "approve",
                        "deny",
                        "none"
                      ],
                      "description": "What the review says."
                    },
                    "counted": {
                      "type": "boolean",
                      "description": "Whether it counts."
                    },
                    "reason": {
                      "type": "string",
                      "maxLength": 512,
                      "description": "Why it does not."
                    },
                    "commit": {
                      "type": "string",
                      "maxLength": 64,
                      "description": "Commit that was reviewed."
                    },
                    "at": {
                      "type": "string",
                      "format": "date-time",
                      "maxLength": 64,
                      "description": "When it was given."
                    }
                  }
                }
              }
            }
          },
          "plan": {
            "title": "RequestPlan",
            "description": "What would change, as a server-side dry run of the executor showed it.",
            "type": "object",
            "required": [
              "mode",
              "at"
            ],
            "properties": {
              "mode": {
                "type": "string",
                "enum": [
                  "server-dry-run",
                  "none"
                ],
                "description": "How it was found out."
              },
              "reason": {
                "type": "string",
                "maxLength": 1024,
                "description": "Why there is no dry run."
              },
              "digest": {
                "type": "string",
                "maxLength": 71,
                "description": "Digest of the diff."
              },
              "diff": {
                "type": "string",
                "maxLength": 65536,
                "description": "The change as a unified diff. Values of Secrets are digests in it."
              },
              "stateDigest": {
                "type": "string",
                "maxLength": 71,
                "description": "Digest of what the target was like when it was tried."
              },
              "for": {
                "type": "string",
                "maxLength": 71,
                "description": "Digest of action, target and parameters that were tried."
              },
              "at": {
                "type": "string",
                "format": "date-time",
                "maxLength": 64,
                "description": "When it was tried."
              }
            }
          },
          "ticket": {
            "title": "RequestTicket",
            "description": "The ticket, which one executor may use once.",
            "type": "object",
            "required": [
              "id",
              "attempt",
              "token"
            ],
            "properties": {
              "id": {
                "type": "string",
                "minLength": 1,
                "maxLength": 128,
                "description": "Id of the ticket."
              },
              "attempt": {
                "type": "integer",
                "format": "int32",
                "minimum": 1,
                "maximum": 10000,
                "description": "Number of the ticket, from 1. One that expires unclaimed is judged again and replaced."
              },
              "audience": {
                "type": "string",
                "maxLength": 253,
                "description": "Which executors may take it."
              },
              "token": {
                "type": "string",
                "minLength": 1,
                "maxLength": 8192,
                "description": "Signed token. It is no secret: without the right to claim, it is of no use."
              },
              "issuedAt": {
                "type": "string",
                "format": "date-time",
                "maxLength": 64,
                "description": "When it was issued."
              },
              "expiresAt": {
                "type": "string",
                "format": "date-time",
                "maxLength": 64,
                "description": "When it expires."
              },
              "revokedAt": {
                "type": "string",
                "format": "date-time",
                "maxLength": 64,
                "description": "When it was taken back before anybody claimed it, because the verdict became stricter."
              }
            }
          },
          "claim": {
            "title": "RequestClaim",
            "description": "Which executor took the ticket. It is final.",
            "type": "object",
            "required": [
              "attempt",
              "ticketId",
              "holder",
              "at"
            ],
            "properties": {
              "attempt": {
                "type": "integer",
                "format": "int32",
                "minimum": 1,
                "maximum": 10000,
                "description": "Number of the ticket."
              },
              "ticketId": {
                "type": "string",
                "minLength": 1,
                "maxLength": 128,
                "description": "Id of the ticket."
              },
              "holder": {
                "type": "string",
                "minLength": 1,
                "maxLength": 253,
                "description": "The executor."
              },
              "at": {
                "type": "string",
                "format": "date-time",
                "maxLength": 64,
                "description": "When it was taken."
              }
            }
          },
          "execution": {
            "title": "RequestExecution",
            "description": "What was done.",
            "type": "object",
            "properties": {
              "attempt": {
                "type": "integer",
                "format": "int32",
                "minimum": 1,
                "maximum": 10000,
                "description": "Number of the ticket."
              },
              "executor": {
                "type": "string",
                "maxLength": 63,
                "description": "Which executor did it."
              },
              "startedAt": {
                "type": "string",
                "format": "date-time",
                "maxLength": 64,
                "description": "When it began."
              },
              "finishedAt": {
                "type": "string",
                "format": "date-time",
                "maxLength": 64,
                "description": "When it ended."
              },
              "result": {
                "type": "string",
                "enum": [
                  "SUCCESS",
                  "FAILURE",
                  "TIMEOUT",
                  "SKIPPED",
                  "ERROR"
                ],
                "description": "How it ended."
              },
              "reason": {
                "type": "string",
                "maxLength": 4096,
                "description": "Why, for people."
              },
              "recovered": {
                "type": "boolean",
                "description": "Whether the outcome was found by observation after a crash."
              },
              "output": {
                "type": "string",
                "maxLength": 32768,
                "description": "What was kept of the answer."
              },
              "outputSecretRef": {
                "title": "OutputSecretReference",
                "description": "The Secret beside the request that holds the output.",
                "type": "object",
                "required": [
                  "name"
                ],
                "properties": {
                  "name": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 253,
                    "description": "Name of the Secret."
                  }
                }
              },
              "before": {
                "type": "object",
                "maxProperties": 64,
                "x-kubernetes-preserve-unknown-fields": true,
                "description": "State before."
              },
              "after": {
                "type": "object",
                "maxProperties": 64,
                "x-kubernetes-preserve-unknown-fields": true,
                "description": "State after."
              },
              "diff": {
                "title": "StateDiff",
                "description": "What changed.",
                "type": "object",
                "properties": {
                  "added": {
                    "type": "object",
                    "maxProperties": 64,
                    "x-kubernetes-preserve-unknown-fields": true,
                    "description": "Fields that are new, with their values."
                  },
                  "removed": {
                    "type": "object",
                    "maxProperties": 64,
                    "x-kubernetes-preserve-unknown-fields": true,
                    "description": "Fields that are gone, with their values."
                  },
                  "changed": {
                    "type": "object",
                    "maxProperties": 64,
                    "x-kubernetes-preserve-unknown-fields": true,
                    "description": "Fields that changed, each with `old` and `new`."
                  },
                  "unchanged": {
                    "description": "Fields that are as they were.",
                    "type": "array",
                    "maxItems": 64,
                    "x-kubernetes-list-type": "atomic",
                    "items": {
                      "type": "string",
                      "maxLength": 63,
                      "description": "Name of a field."
                    }
                  }
                }
              },
              "prechecks": {
                "description": "Results of the checks.",
                "type": "array",
                "maxItems": 16,
                "x-kubernetes-list-type": "atomic",
                "items": {
                  "title": "PrecheckResult",
                  "description": "Result of one check.",
                  "type": "object",
                  "required": [
                    "name",
                    "passed"
                  ],
                  "properties": {
                    "name": {
                      "type": "string",
                      "maxLength": 63,
                      "description": "Name of the check."
                    },
                    "passed": {
                      "type": "boolean",
                      "description": "Whether it passed."
                    },
                    "message": {
                      "type": "string",
                      "maxLength": 1024,
                      "description": "Why it did not."
                    }
                  }
                }
              }
            }
          },
          "rollback": {
            "title": "RequestRollback",
            "description": "How it can be undone.",
            "type": "object",
            "required": [
              "available"
            ],
            "properties": {
              "available": {
                "type": "boolean",
                "description": "Whether it can be undone."
              },
              "action": {
                "type": "string",
                "maxLength": 63,
                "description": "Action that undoes it."
              },
              "params": {
                "type": "object",
                "maxProperties": 64,
                "x-kubernetes-preserve-unknown-fields": true,
                "description": "Its parameters."
              },
              "reason": {
                "type": "string",
                "maxLength": 1024,
                "description": "Why it can't be undone."
              }
            }
          },
          "audit": {
            "title": "RequestAudit",
            "description": "Where the audit log tells about it.",
            "type": "object",
            "properties": {
              "decision": {
                "title": "LogPosition",
                "description": "The decision.",
                "type": "object",
                "required": [
                  "origin",
                  "index"
                ],
                "properties": {
                  "origin": {
                    "type": "string",
                    "maxLength": 512,
                    "description": "Name of the log."
                  },
                  "index": {
                    "type": "integer",
                    "format": "int64",
                    "minimum": 0,
                    "description": "Index of the event."
                  }
                }
              },
              "intent": {
                "title": "LogPosition",
                "description": "The intent to act.",
                "type": "object",
                "required": [
                  "origin",
                  "index"
                ],
                "properties": {
                  "origin": {
                    "type": "string",
                    "maxLength": 512,
                    "description": "Name of the log."
                  },
                  "index": {
                    "type": "integer",
                    "format": "int64",
                    "minimum": 0,
                    "description": "Index of the event."
                  }
                }
              },
              "outcome": {
                "title": "LogPosition",
                "description": "The outcome.",
                "type": "object",
                "required": [
                  "origin",
                  "index"
                ],
                "properties": {
                  "origin": {
                    "type": "string",
                    "maxLength": 512,
                    "description": "Name of the log."
                  },
                  "index": {
                    "type": "integer",
                    "format": "int64",
                    "minimum": 0,
                    "description": "Index of the event."
                  }
                }
              },
              "last": {
                "type": "integer",
                "format": "int64",
                "minimum": 0,
                "description": "Index of its last event."
              }
            }
          },
          "conditions": {
            "description": "State of the request: `Ready`, `Finished`, `PolicyEvaluated`, `Approved`, `Denied`, `TicketIssued` and `Executed`; `Reconciling` or `Stalled` only while they are true.",
            "type": "array",
            "maxItems": 16,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": [
              "type"
            ],
            "items": {
              "title": "Condition",
              "description": "One aspect of the state.",
              "type": "object",
              "required": [
                "type",
                "status",
                "lastTransitionTime",
                "reason",
                "message"
              ],
              "properties": {
                "type": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 63,
                  "pattern": "^[A-Z][A-Za-z0-9]*$",
                  "description": "Name of the aspect."
                },
                "status": {
                  "type": "string",
                  "enum": [
                    "True",
                    "False",
                    "Unknown"
                  ],
                  "description": "Whether it holds."
                },
                "observedGeneration": {
                  "type": "integer",
                  "format": "int64",
                  "minimum": 0,
                  "description": "Generation that the condition is about."
                },
                "lastTransitionTime": {
                  "type": "string",
                  "format": "date-time",
                  "maxLength": 64,
                  "description": "When `status` last changed."
                },
                "reason": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 128,
                  "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                  "description": "Why, as one word of a closed set."
                },
                "message": {
                  "type": "string",
                  "maxLength": 4096,
                  "description": "Why, for people."
                }
              }
            }
          }
        }
      }
    }
  },
  Agent: {
    "description": "An agent, that is, which authenticated subjects it is, and what roles and groups it has. A subject that no Agent or more than one maps is denied.",
    "type": "object",
    "required": [
      "spec"
    ],
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "Version of this representation, `agentsafe.dev/v1alpha1`.",
        "maxLength": 64
      },
      "kind": {
        "type": "string",
        "description": "Always `Agent`.",
        "maxLength": 64
      },
      "metadata": {
        "type": "object"
      },
      "spec": {
        "description": "Who the agent is.",
        "type": "object",
        "required": [
          "subjects"
        ],
        "properties": {
          "agentId": {
            "type": "string",
            "minLength": 1,
            "maxLength": 253,
            "pattern": "^[A-Za-z0-9]([A-Za-z0-9._:@-]*[A-Za-z0-9])?$",
            "description": "Id that policies and the audit log name. The default is the object's name. It holds no `/`, which is in the ids of those that act under a Delegation."
          },
          "description": {
            "type": "string",
            "maxLength": 1024,
            "description": "What the agent is for."
          },
          "subjects": {
            "description": "Who authenticates as this agent.",
            "type": "array",
            "minItems": 1,
            "maxItems": 16,
            "x-kubernetes-list-type": "atomic",
            "items": {
              "title": "AgentSubject",
              "description": "One authenticated subject.",
              "type": "object",
              "required": [
                "kind"
              ],
              "x-kubernetes-validations": [
                {
                  "rule": "(self.kind == 'ServiceAccount') == has(self.namespace)",
                  "message": "namespace is required for the kind ServiceAccount, and only for it",
                  "fieldPath": ".namespace"
                },
                {
                  "rule": "(self.kind != 'JWT') == has(self.name)",
                  "message": "name is required for the kinds ServiceAccount, User and Group, and only for them",
                  "fieldPath": ".name"
                },
                {
                  "rule": "(self.kind == 'JWT') == has(self.issuer)",
                  "message": "issuer is required for the kind JWT, and only for it",
                  "fieldPath": ".issuer"
                },
                {
                  "rule": "(self.kind == 'JWT') == has(self.subject)",
                  "message": "subject is required for the kind JWT, and only for it",
                  "fieldPath": ".subject"
                },
                {
                  "rule": "self.kind != 'User' || !has(self.name) || !(self.name.startsWith('system:serviceaccount:') || self.name.startsWith('jwt:'))",
                  "message": "name of a User can't begin with system:serviceaccount: or jwt:, use the kind ServiceAccount or JWT",
                  "fieldPath": ".name"
                },
                {
                  "rule": "self.kind != 'Group' || !has(self.name) || !(self.name in ['system:authenticated', 'system:unauthenticated', 'system:serviceaccounts'])",
                  "message": "name of a Group can't be one that holds every user or every ServiceAccount",
                  "fieldPath": ".name"
                }
              ],
              "properties": {
                "kind": {
                  "type": "string",
                  "enum": [
                    "ServiceAccount",
                    "User",
                    "Group",
                    "JWT"
                  ],
                  "description": "Kind of the subject."
                },
                "namespace": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 63,
                  "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
                  "description": "Namespace of a ServiceAccount."
                },
                "name": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 253,
                  "description": "Name of the ServiceAccount, user or group."
                },
                "issuer": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 512,
                  "pattern": "^https://",
                  "description": "Issuer of a JWT."
                },
                "subject": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 253,
                  "description": "Subject of a JWT."
                }
              }
            }
          },
          "roles": {
            "description": "Roles that policies select by.",
            "type": "array",
            "maxItems": 32,
            "x-kubernetes-list-type": "set",
            "items": {
              "type": "string",
              "minLength": 1,
              "maxLength": 128,
              "description": "A role."
            }
          },
          "groups": {
            "description": "Groups that policies select by.",
            "type": "array",
            "maxItems": 32,
            "x-kubernetes-list-type": "set",
            "items": {
              "type": "string",
              "minLength": 1,
              "maxLength": 128,
              "description": "A group."
            }
          },
          "owners": {
            "description": "People who run the agent. They may never approve what it asks for.",
            "type": "array",
            "maxItems": 32,
            "x-kubernetes-list-type": "atomic",
            "items": {
              "title": "AgentOwner",
              "description": "A person.",
              "type": "object",
              "required": [
                "provider",
                "userId"
              ],
              "properties": {
                "provider": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 253,
                  "description": "Name of the ApprovalProvider that knows the person."
                },
                "userId": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 253,
                  "description": "Id of the person at the provider, which a renamed login does not change."
                },
                "login": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 253,
                  "description": "Login, for people to read only."
                }
              }
            }
          },
          "riskProfile": {
            "type": "string",
            "minLength": 1,
            "maxLength": 253,
            "default": "default",
            "description": "Name of the RiskProfile that limits the agent."
          },
          "suspended": {
            "type": "boolean",
            "default": false,
            "description": "The kill switch: everything that the agent asks for is denied, also what has a ticket already."
          }
        }
      },
      "status": {
        "description": "What the controller has found.",
        "type": "object",
        "default": {
          "observedGeneration": -1
        },
        "properties": {
          "observedGeneration": {
            "type": "integer",
            "format": "int64",
            "minimum": -1,
            "default": -1,
            "description": "Generation that this status is about. -1 until the object has been looked at."
          },
          "digest": {
            "type": "string",
            "maxLength": 71,
            "pattern": "^sha256:[0-9a-f]{64}$",
            "description": "Digest of the object's name and spec, which tickets and decisions cite."
          },
          "budget": {
            "title": "AgentBudget",
            "description": "How much of its rate the agent has used.",
            "type": "object",
            "properties": {
              "used": {
                "type": "integer",
                "format": "int32",
                "minimum": 0,
                "description": "Requests within the window."
              },
              "limit": {
                "type": "integer",
                "format": "int32",
                "minimum": 0,
                "description": "Requests that the window allows."
              },
              "windowSeconds": {
                "type": "integer",
                "format": "int32",
                "minimum": 1,
                "description": "Length of the window in seconds."
              }
            }
          },
          "breaker": {
            "title": "AgentBreaker",
            "description": "The circuit breaker.",
            "type": "object",
            "properties": {
              "state": {
                "type": "string",
                "enum": [
                  "Closed",
                  "Open"
                ],
                "description": "Whether it lets requests through (Closed)."
              },
              "until": {
                "type": "string",
                "format": "date-time",
                "maxLength": 64,
                "description": "When an open breaker closes."
              }
            }
          },
          "cumulativeRisk": {
            "title": "AgentCumulativeRisk",
            "description": "Risk that the agent has gathered within the window.",
            "type": "object",
            "properties": {
              "score": {
                "type": "integer",
                "format": "int64",
                "description": "Sum of the scores."
              },
              "class": {
                "type": "string",
                "enum": [
                  "low",
                  "medium",
                  "high",
                  "critical"
                ],
                "description": "Class of the sum."
              }
            }
          },
          "lastRequestAt": {
            "type": "string",
            "format": "date-time",
            "maxLength": 64,
            "description": "When the agent last asked for something."
          },
          "conditions": {
            "description": "State of the object: `Ready`, and `Reconciling` or `Stalled` only while they are true.",
            "type": "array",
            "maxItems": 16,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": [
              "type"
            ],
            "items": {
              "title": "Condition",
              "description": "One aspect of the state.",
              "type": "object",
              "required": [
                "type",
                "status",
                "lastTransitionTime",
                "reason",
                "message"
              ],
              "properties": {
                "type": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 63,
                  "pattern": "^[A-Z][A-Za-z0-9]*$",
                  "description": "Name of the aspect."
                },
                "status": {
                  "type": "string",
                  "enum": [
                    "True",
                    "False",
                    "Unknown"
                  ],
                  "description": "Whether it holds."
                },
                "observedGeneration": {
                  "type": "integer",
                  "format": "int64",
                  "minimum": 0,
                  "description": "Generation that the condition is about."
                },
                "lastTransitionTime": {
                  "type": "string",
                  "format": "date-time",
                  "maxLength": 64,
                  "description": "When `status` last changed."
                },
                "reason": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 128,
                  "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                  "description": "Why, as one word of a closed set."
                },
                "message": {
                  "type": "string",
                  "maxLength": 4096,
                  "description": "Why, for people."
                }
              }
            }
          }
        }
      }
    }
  },
  ApprovalProvider: {
    "description": "Where people approve what policy sends to them. Who is who there stands here too, so that only who may edit this object says whose review counts. A rule names it by `approval.provider`; `default` serves rules that name none.",
    "type": "object",
    "required": [
      "spec"
    ],
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "Version of this representation, `agentsafe.dev/v1alpha1`.",
        "maxLength": 64
      },
      "kind": {
        "type": "string",
        "description": "Always `ApprovalProvider`.",
        "maxLength": 64
      },
      "metadata": {
        "type": "object"
      },
      "spec": {
        "description": "Kind of provider and its settings.",
        "type": "object",
        "required": [
          "type"
        ],
        "x-kubernetes-validations": [
          {
            "rule": "(self.type == 'git') == has(self.git)",
            "message": "git is required for the type git, and only for it",
            "fieldPath": ".git"
          },
          {
            "rule": "(self.type == 'github') == has(self.github)",
            "message": "github is required for the type github, and only for it",
            "fieldPath": ".github"
          },
          {
            "rule": "(self.type == 'gitea') == has(self.gitea)",
            "message": "gitea is required for the type gitea, and only for it",
            "fieldPath": ".gitea"
          }
        ],
        "properties": {
          "type": {
            "type": "string",
            "enum": [
              "git",
              "github",
              "gitea"
            ],
            "description": "A plain Git repository, GitHub, or Gitea and Forgejo."
          },
          "description": {
            "type": "string",
            "maxLength": 1024,
            "description": "What the provider is for."
          },
          "pollInterval": {
            "type": "string",
            "minLength": 2,
            "maxLength": 16,
            "pattern": "^([0-9]{1,3}m)?([0-9]{1,5}s)?$",
            "default": "30s",
            "description": "How often it is asked for news, as in `30s`. Webhooks only make it faster.",
            "x-kubernetes-validations": [
              {
                "rule": "duration(self) >= duration('1s') && duration(self) <= duration('1h')",
                "message": "must be from 1s to 1h"
              }
            ]
          },
          "strict": {
            "type": "boolean",
            "default": false,
            "description": "Whether nothing is opened while the repository is not protected as it should be (condition `Hardened`)."
          },
          "users": {
            "description": "People by their id at the provider: their login, for people to read and for policy to name, and who they are in this cluster, so that nobody approves what they asked for themselves.",
            "type": "array",
            "maxItems": 512,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": [
              "userId"
            ],
            "items": {
              "title": "ApprovalUser",
              "description": "A person.",
              "type": "object",
              "required": [
                "userId"
              ],
              "properties": {
                "userId": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 253,
                  "description": "Id at the provider, which a renamed login does not change."
                },
                "login": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 253,
                  "description": "Login at the provider."
                },
                "usernames": {
                  "description": "Usernames of the person at the API server.",
                  "type": "array",
                  "maxItems": 16,
                  "x-kubernetes-list-type": "set",
                  "items": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 253,
                    "description": "A username."
                  }
                }
              }
            }
          },
          "git": {
            "title": "GitApprovals",
            "description": "Settings of the type git.",
            "type": "object",
            "required": [
              "url"
            ],
            "properties": {
              "url": {
                "type": "string",
                "minLength": 1,
                "maxLength": 1024,
                "pattern": "^(/|file:///|https://|ssh://)[^ ]+$",
                "description": "The repository: a path that the controller can write, or an https or ssh URL."
              },
              "branch": {
                "type": "string",
                "minLength": 1,
                "maxLength": 128,
                "pattern": "^[A-Za-z0-9][A-Za-z0-9._/-]*$",
                "default": "main",
                "description": "The branch that records what was approved."
              },
              "authSecretRef": {
                "title": "SecretReference",
                "description": "A Secret of `agent-safe-system` that is labelled for this use.",
                "type": "object",
                "required": [
                  "name"
                ],
                "properties": {
                  "name": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 253,
                    "description": "Name of the Secret."
                  }
                }
              },
              "signers": {
                "description": "People whose signed reviews count.",
                "type": "array",
                "maxItems": 128,
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": [
                  "userId"
                ],
                "items": {
                  "title": "Signer",
                  "description": "A reviewer.",
                  "type": "object",
                  "required": [
                    "userId",
                    "keys"
                  ],
                  "properties": {
                    "userId": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 63,
                      "pattern": "^[A-Za-z0-9][A-Za-z0-9._@-]*$",
                      "description": "Id of the person, also a part of the names of review branches."
                    },
                    "keys": {
                      "description": "Public SSH keys, each as in a `.pub` file.",
                      "type": "array",
                      "minItems": 1,
                      "maxItems": 8,
                      "x-kubernetes-list-type": "atomic",
                      "items": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 2048,
                        "description": "A public key."
                      }
                    },
                    "teams": {
                      "description": "Teams that the person is a member of.",
                      "type": "array",
                      "maxItems": 32,
                      "x-kubernetes-list-type": "set",
                      "items": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 253,
                        "description": "A team."
                      }
                    },
                    "permission": {
                      "type": "string",
                      "enum": [
                        "read",
                        "triage",
                        "write",
                        "maintain",
                        "admin"
                      ],
                      "default": "write",
                      "description": "What the person may do in the repository."
                    }
                  }
                }
              }
            }
          },
          "github": {
            "title": "GithubApprovals",
            "description": "Settings of the type github.",
            "type": "object",
            "required": [
              "owner",
              "repository"
            ],
            "x-kubernetes-validations": [
              {
                "rule": "has(self.app) != has(self.tokenSecretRef)",
                "message": "exactly one of app and tokenSecretRef is required"
              }
            ],
            "properties": {
              "baseUrl": {
                "type": "string",
                "minLength": 1,
                "maxLength": 512,
                "pattern": "^https://",
                "default": "https://api.github.com",
                "description": "URL of the REST API; for GitHub Enterprise `https://HOST/api/v3`."
              },
              "owner": {
                "type": "string",
                "minLength": 1,
                "maxLength": 39,
                "pattern": "^[A-Za-z0-9-]+$",
                "description": "Owner of the repository."
              },
              "repository": {
                "type": "string",
                "minLength": 1,
                "maxLength": 100,
                "pattern": "^[A-Za-z0-9._-]+$",
                "description": "Name of the repository."
              },
              "branch": {
                "type": "string",
                "minLength": 1,
                "maxLength": 128,
                "pattern": "^[A-Za-z0-9][A-Za-z0-9._/-]*$",
                "default": "main",
                "description": "The branch that pull requests go to."
              },
              "app": {
                "title": "GithubApp",
                "description": "Signs in as a GitHub App.",
                "type": "object",
                "required": [
                  "appId",
                  "installationId",
                  "privateKeySecretRef"
                ],
                "properties": {
                  "appId": {
                    "type": "integer",
                    "format": "int64",
                    "minimum": 1,
                    "description": "Id of the App."
                  },
                  "installationId": {
                    "type": "integer",
                    "format": "int64",
                    "minimum": 1,
                    "description": "Id of its installation."
                  },
                  "privateKeySecretRef": {
                    "title": "SecretReference",
                    "description": "A Secret of `agent-safe-system` that is labelled for this use.",
                    "type": "object",
                    "required": [
                      "name"
                    ],
                    "properties": {
                      "name": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 253,
                        "description": "Name of the Secret."
                      }
                    }
                  }
                }
              },
              "tokenSecretRef": {
                "title": "SecretReference",
                "description": "A Secret of `agent-safe-system` that is labelled for this use.",
                "type": "object",
                "required": [
                  "name"
                ],
                "properties": {
                  "name": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 253,
                    "description": "Name of the Secret."
                  }
                }
              },
              "webhookSecretRef": {
                "title": "SecretReference",
                "description": "A Secret of `agent-safe-system` that is labelled for this use.",
                "type": "object",
                "required": [
                  "name"
                ],
                "properties": {
                  "name": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 253,
                    "description": "Name of the Secret."
                  }
                }
              }
            }
          },
          "gitea": {
            "title": "GiteaApprovals",
            "description": "Settings of the type gitea.",
            "type": "object",
            "required": [
              "baseUrl",
              "owner",
              "repository",
              "tokenSecretRef"
            ],
            "properties": {
              "baseUrl": {
                "type": "string",
                "minLength": 1,
                "maxLength": 512,
                "pattern": "^https?://",
                "description": "URL of the server, such as `https://git.example.com`."
              },
              "owner": {
                "type": "string",
                "minLength": 1,
                "maxLength": 40,
                "pattern": "^[A-Za-z0-9._-]+$",
                "description": "Owner of the repository."
              },
              "repository": {
                "type": "string",
                "minLength": 1,
                "maxLength": 100,
                "pattern": "^[A-Za-z0-9._-]+$",
                "description": "Name of the repository."
              },
              "branch": {
                "type": "string",
                "minLength": 1,
                "maxLength": 128,
                "pattern": "^[A-Za-z0-9][A-Za-z0-9._/-]*$",
                "default": "main",
                "description": "The branch that pull requests go to."
              },
              "tokenSecretRef": {
                "title": "SecretReference",
                "description": "A Secret of `agent-safe-system` that is labelled for this use.",
                "type": "object",
                "required": [
                  "name"
                ],
                "properties": {
                  "name": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 253,
                    "description": "Name of the Secret."
                  }
                }
              },
              "webhookSecretRef": {
                "title": "SecretReference",
                "description": "A Secret of `agent-safe-system` that is labelled for this use.",
                "type": "object",
                "required": [
                  "name"
                ],
                "properties": {
                  "name": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 253,
                    "description": "Name of the Secret."
                  }
                }
              },
              "caSecretRef": {
                "title": "SecretReference",
                "description": "A Secret of `agent-safe-system` that is labelled for this use.",
                "type": "object",
                "required": [
                  "name"
                ],
                "properties": {
                  "name": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 253,
                    "description": "Name of the Secret."
                  }
                }
              }
            }
          }
        }
      },
      "status": {
        "description": "What the controller has found.",
        "type": "object",
        "default": {
          "observedGeneration": -1
        },
        "properties": {
          "observedGeneration": {
            "type": "integer",
            "format": "int64",
            "minimum": -1,
            "default": -1,
            "description": "Generation that this status is about. -1 until the object has been looked at."
          },
          "digest": {
            "type": "string",
            "maxLength": 71,
            "pattern": "^sha256:[0-9a-f]{64}$",
            "description": "Digest of the object's name and spec."
          },
          "repositoryId": {
            "type": "string",
            "maxLength": 128,
            "description": "Id of the repository at the provider, which a renamed repository keeps."
          },
          "self": {
            "type": "string",
            "maxLength": 253,
            "description": "The controller's own user id at the provider."
          },
          "openRounds": {
            "type": "integer",
            "format": "int32",
            "minimum": 0,
            "description": "Rounds that wait for people."
          },
          "lastContactAt": {
            "type": "string",
            "format": "date-time",
            "maxLength": 64,
            "description": "When the provider last answered."
          },
          "conditions": {
            "description": "State of the object: `Ready`, and `Reconciling` or `Stalled` only while they are true.",
            "type": "array",
            "maxItems": 16,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": [
              "type"
            ],
            "items": {
              "title": "Condition",
              "description": "One aspect of the state.",
              "type": "object",
              "required": [
                "type",
                "status",
                "lastTransitionTime",
                "reason",
                "message"
              ],
              "properties": {
                "type": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 63,
                  "pattern": "^[A-Z][A-Za-z0-9]*$",
                  "description": "Name of the aspect."
                },
                "status": {
                  "type": "string",
                  "enum": [
                    "True",
                    "False",
                    "Unknown"
                  ],
                  "description": "Whether it holds."
                },
                "observedGeneration": {
                  "type": "integer",
                  "format": "int64",
                  "minimum": 0,
                  "description": "Generation that the condition is about."
                },
                "lastTransitionTime": {
                  "type": "string",
                  "format": "date-time",
                  "maxLength": 64,
                  "description": "When `status` last changed."
                },
                "reason": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 128,
                  "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                  "description": "Why, as one word of a closed set."
                },
                "message": {
                  "type": "string",
                  "maxLength": 4096,
                  "description": "Why, for people."
                }
              }
            }
          }
        }
      }
    }
  },
  AuditLog: {
    "description": "The state of one audit log, named by the role that writes it.",
    "type": "object",
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "Version of this representation, `agentsafe.dev/v1alpha1`.",
        "maxLength": 64
      },
      "kind": {
        "type": "string",
        "description": "Always `AuditLog`.",
        "maxLength": 64
      },
      "metadata": {
        "type": "object"
      },
      "status": {
        "description": "What the controller has found.",
        "type": "object",
        "default": {
          "observedGeneration": -1
        },
        "properties": {
          "observedGeneration": {
            "type": "integer",
            "format": "int64",
            "minimum": -1,
            "default": -1,
            "description": "Generation that this status is about. -1 until the object has been looked at."
          },
          "digest": {
            "type": "string",
            "maxLength": 71,
            "pattern": "^sha256:[0-9a-f]{64}$",
            "description": "Digest of the object's name and spec, which tickets and decisions cite."
          },
          "origin": {
            "type": "string",
            "maxLength": 512,
            "description": "Name of the log, as in `agent-safe/<cluster uid>/controller`."
          },
          "epoch": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Number of times that the writer has opened the log."
          },
          "size": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Number of events."
          },
          "root": {
            "type": "string",
            "maxLength": 128,
            "description": "Root of the Merkle tree over these events, in base64."
          },
          "lastEventAt": {
            "type": "string",
            "format": "date-time",
            "maxLength": 64,
            "description": "When the last event was written."
          },
          "lastCheckpoint": {
            "title": "AuditCheckpoint",
            "description": "The last signed checkpoint.",
            "type": "object",
            "required": [
              "size",
              "root",
              "at"
            ],
            "properties": {
              "size": {
                "type": "integer",
                "format": "int64",
                "minimum": 0,
                "description": "Number of events that it covers."
              },
              "root": {
                "type": "string",
                "maxLength": 128,
                "description": "Root of the tree over them, in base64."
              },
              "keyId": {
                "type": "string",
                "maxLength": 128,
                "description": "Id of the key that signed it."
              },
              "at": {
                "type": "string",
                "format": "date-time",
                "maxLength": 64,
                "description": "When it was signed."
              }
            }
          },
          "lastAnchor": {
            "title": "AuditAnchor",
            "description": "The last checkpoint that was anchored outside.",
            "type": "object",
            "required": [
              "size",
              "at"
            ],
            "properties": {
              "size": {
                "type": "integer",
                "format": "int64",
                "minimum": 0,
                "description": "Number of events that it covers."
              },
              "location": {
                "type": "string",
                "maxLength": 1024,
                "description": "Where it is anchored."
              },
              "at": {
                "type": "string",
                "format": "date-time",
                "maxLength": 64,
                "description": "When it was anchored."
              }
            }
          },
          "verified": {
            "title": "AuditVerification",
            "description": "The last verification.",
            "type": "object",
            "required": [
              "ok",
              "size",
              "at"
            ],
            "properties": {
              "ok": {
                "type": "boolean",
                "description": "Whether everything fitted."
              },
              "size": {
                "type": "integer",
                "format": "int64",
                "minimum": 0,
                "description": "Number of events that were verified."
              },
              "message": {
                "type": "string",
                "maxLength": 1024,
                "description": "What did not fit."
              },
              "at": {
                "type": "string",
                "format": "date-time",
                "maxLength": 64,
                "description": "When it was verified."
              }
            }
          },
          "shippers": {
            "description": "How far copies elsewhere have come.",
            "type": "array",
            "maxItems": 16,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": [
              "name"
            ],
            "items": {
              "title": "AuditShipper",
              "description": "One copy elsewhere.",
              "type": "object",
              "required": [
                "name"
              ],
              "properties": {
                "name": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 253,
                  "description": "Name of the shipper."
                },
                "index": {
                  "type": "integer",
                  "format": "int64",
                  "minimum": -1,
                  "description": "Index of the last event that arrived."
                },
                "lag": {
                  "type": "integer",
                  "format": "int64",
                  "minimum": 0,
                  "description": "Number of events that have not arrived."
                },
                "lastError": {
                  "type": "string",
                  "maxLength": 1024,
                  "description": "Why the last attempt failed."
                }
              }
            }
          },
          "conditions": {
            "description": "State of the object: `Ready`, and `Reconciling` or `Stalled` only while they are true.",
            "type": "array",
            "maxItems": 16,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": [
              "type"
            ],
            "items": {
              "title": "Condition",
              "description": "One aspect of the state.",
              "type": "object",
              "required": [
                "type",
                "status",
                "lastTransitionTime",
                "reason",
                "message"
              ],
              "properties": {
                "type": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 63,
                  "pattern": "^[A-Z][A-Za-z0-9]*$",
                  "description": "Name of the aspect."
                },
                "status": {
                  "type": "string",
                  "enum": [
                    "True",
                    "False",
                    "Unknown"
                  ],
                  "description": "Whether it holds."
                },
                "observedGeneration": {
                  "type": "integer",
                  "format": "int64",
                  "minimum": 0,
                  "description": "Generation that the condition is about."
                },
                "lastTransitionTime": {
                  "type": "string",
                  "format": "date-time",
                  "maxLength": 64,
                  "description": "When `status` last changed."
                },
                "reason": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 128,
                  "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                  "description": "Why, as one word of a closed set."
                },
                "message": {
                  "type": "string",
                  "maxLength": 4096,
                  "description": "Why, for people."
                }
              }
            }
          }
        }
      }
    }
  },
  CredentialProvider: {
    "description": "Where the credential of one execution comes from. There is never a fall-back to the executor's own rights.",
    "type": "object",
    "required": [
      "spec"
    ],
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "Version of this representation, `agentsafe.dev/v1alpha1`.",
        "maxLength": 64
      },
      "kind": {
        "type": "string",
        "description": "Always `CredentialProvider`.",
        "maxLength": 64
      },
      "metadata": {
        "type": "object"
      },
      "spec": {
        "description": "Kind of provider and its settings.",
        "type": "object",
        "required": [
          "type"
        ],
        "x-kubernetes-validations": [
          {
            "rule": "!has(self.kubernetes) || self.type == 'kubernetes'",
            "message": "kubernetes is only for the type kubernetes",
            "fieldPath": ".kubernetes"
          },
          {
            "rule": "(self.type == 'aws') == has(self.aws)",
            "message": "aws is required for the type aws, and only for it",
            "fieldPath": ".aws"
          },
          {
            "rule": "(self.type == 'env') == has(self.env)",
            "message": "env is required for the type env, and only for it",
            "fieldPath": ".env"
          },
          {
            "rule": "(self.type == 'secret') == has(self.secret)",
            "message": "secret is required for the type secret, and only for it",
            "fieldPath": ".secret"
          },
          {
            "rule": "(self.type == 'vault') == has(self.vault)",
            "message": "vault is required for the type vault, and only for it",
            "fieldPath": ".vault"
          }
        ],
        "properties": {
          "type": {
            "type": "string",
            "enum": [
              "kubernetes",
              "aws",
              "env",
              "secret",
              "vault"
            ],
            "description": "Where credentials come from: TokenRequest, STS, the environment, a Secret or Vault."
          },
          "description": {
            "type": "string",
            "maxLength": 1024,
            "description": "What the provider is for."
          },
          "kubernetes": {
            "title": "KubernetesCredentials",
            "description": "Settings of the type kubernetes.",
            "type": "object",
            "properties": {
              "audiences": {
                "description": "Audiences of the token. The default is that of the API server.",
                "type": "array",
                "maxItems": 8,
                "x-kubernetes-list-type": "set",
                "items": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 253,
                  "description": "An audience."
                }
              },
              "expirationSeconds": {
                "type": "integer",
                "format": "int32",
                "minimum": 600,
                "maximum": 3600,
                "default": 600,
                "description": "Life of the token in seconds; 600 is the shortest that Kubernetes gives."
              }
            }
          },
          "aws": {
            "title": "AwsCredentials",
            "description": "Settings of the type aws.",
            "type": "object",
            "required": [
              "roleArn"
            ],
            "properties": {
              "roleArn": {
                "type": "string",
                "minLength": 1,
                "maxLength": 1024,
                "pattern": "^arn:[a-z0-9-]+:iam::[0-9]{12}:role/.+$",
                "description": "Role that is assumed. A session policy narrows it to the one resource."
              },
              "region": {
                "type": "string",
                "minLength": 1,
                "maxLength": 63,
                "pattern": "^[a-z0-9-]+$",
                "description": "Region of STS."
              },
              "externalId": {
                "type": "string",
                "minLength": 2,
                "maxLength": 1224,
                "description": "External id that the role's trust asks for."
              },
              "durationSeconds": {
                "type": "integer",
                "format": "int32",
                "minimum": 900,
                "maximum": 3600,
                "default": 900,
                "description": "Life of the session in seconds; 900 is the shortest that AWS gives."
              },
              "endpoint": {
                "type": "string",
                "minLength": 1,
                "maxLength": 512,
                "pattern": "^https?://",
                "description": "Endpoint in place of the usual one."
              }
            }
          },
          "env": {
            "title": "EnvCredentials",
            "description": "Settings of the type env. For development.",
            "type": "object",
            "required": [
              "prefix"
            ],
            "properties": {
              "prefix": {
                "type": "string",
                "minLength": 1,
                "maxLength": 63,
                "pattern": "^[A-Z][A-Z0-9_]*$",
                "description": "What the variables' names begin with."
              }
            }
          },
          "secret": {
            "title": "SecretCredentials",
            "description": "Settings of the type secret.",
            "type": "object",
            "required": [
              "secretRef"
            ],
            "properties": {
              "secretRef": {
                "title": "SecretReference",
                "description": "A Secret of `agent-safe-system` that is labelled for this use.",
                "type": "object",
                "required": [
                  "name"
                ],
                "properties": {
                  "name": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 253,
                    "description": "Name of the Secret."
                  }
                }
              }
            }
          },
          "vault": {
            "title": "VaultCredentials",
            "description": "Settings of the type vault.",
            "type": "object",
            "required": [
              "address",
              "path",
              "role"
            ],
            "properties": {
              "address": {
                "type": "string",
                "minLength": 1,
                "maxLength": 512,
                "pattern": "^https://",
                "description": "URL of the server."
              },
              "path": {
                "type": "string",
                "minLength": 1,
                "maxLength": 512,
                "description": "Path of the secrets engine that issues."
              },
              "role": {
                "type": "string",
                "minLength": 1,
                "maxLength": 253,
                "description": "Role to log in with."
              },
              "namespace": {
                "type": "string",
                "minLength": 1,
                "maxLength": 253,
                "description": "Namespace of the server."
              },
              "caSecretRef": {
                "title": "SecretReference",
                "description": "A Secret of `agent-safe-system` that is labelled for this use.",
                "type": "object",
                "required": [
                  "name"
                ],
                "properties": {
                  "name": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 253,
                    "description": "Name of the Secret."
                  }
                }
              }
            }
          }
        }
      },
      "status": {
        "description": "What the controller has found.",
        "type": "object",
        "default": {
          "observedGeneration": -1
        },
        "properties": {
          "observedGeneration": {
            "type": "integer",
            "format": "int64",
            "minimum": -1,
            "default": -1,
            "description": "Generation that this status is about. -1 until the object has been looked at."
          },
          "digest": {
            "type": "string",
            "maxLength": 71,
            "pattern": "^sha256:[0-9a-f]{64}$",
            "description": "Digest of the object's name and spec, which tickets and decisions cite."
          },
          "lastIssuedAt": {
            "type": "string",
            "format": "date-time",
            "maxLength": 64,
            "description": "When a credential was last issued."
          },
          "conditions": {
            "description": "State of the object: `Ready`, and `Reconciling` or `Stalled` only while they are true.",
            "type": "array",
            "maxItems": 16,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": [
              "type"
            ],
            "items": {
              "title": "Condition",
              "description": "One aspect of the state.",
              "type": "object",
              "required": [
                "type",
                "status",
                "lastTransitionTime",
                "reason",
                "message"
              ],
              "properties": {
                "type": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 63,
                  "pattern": "^[A-Z][A-Za-z0-9]*$",
                  "description": "Name of the aspect."
                },
                "status": {
                  "type": "string",
                  "enum": [
                    "True",
                    "False",
                    "Unknown"
                  ],
                  "description": "Whether it holds."
                },
                "observedGeneration": {
                  "type": "integer",
                  "format": "int64",
                  "minimum": 0,
                  "description": "Generation that the condition is about."
                },
                "lastTransitionTime": {
                  "type": "string",
                  "format": "date-time",
                  "maxLength": 64,
                  "description": "When `status` last changed."
                },
                "reason": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 128,
                  "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                  "description": "Why, as one word of a closed set."
                },
                "message": {
                  "type": "string",
                  "maxLength": 4096,
                  "description": "Why, for people."
                }
              }
            }
          }
        }
      }
    }
  },
  Delegation: {
    "description": "An agent lends another one a part of its roles and groups, for some actions and targets, for a while. It never changes, except that it can be revoked.",
    "type": "object",
    "required": [
      "spec"
    ],
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "Version of this representation, `agentsafe.dev/v1alpha1`.",
        "maxLength": 64
      },
      "kind": {
        "type": "string",
        "description": "Always `Delegation`.",
        "maxLength": 64
      },
      "metadata": {
        "type": "object"
      },
      "spec": {
        "description": "What is lent to whom. It never changes, except that `revoked` can be set.",
        "type": "object",
        "required": [
          "to"
        ],
        "x-kubernetes-validations": [
          {
            "rule": "has(self.to) == has(oldSelf.to) && (!has(self.to) || self.to == oldSelf.to) && has(self.parentRef) == has(oldSelf.parentRef) && (!has(self.parentRef) || self.parentRef == oldSelf.parentRef) && has(self.roles) == has(oldSelf.roles) && (!has(self.roles) || self.roles == oldSelf.roles) && has(self.groups) == has(oldSelf.groups) && (!has(self.groups) || self.groups == oldSelf.groups) && has(self.actions) == has(oldSelf.actions) && (!has(self.actions) || self.actions == oldSelf.actions) && has(self.targets) == has(oldSelf.targets) && (!has(self.targets) || self.targets == oldSelf.targets) && has(self.ttl) == has(oldSelf.ttl) && (!has(self.ttl) || self.ttl == oldSelf.ttl) && has(self.maxDepth) == has(oldSelf.maxDepth) && (!has(self.maxDepth) || self.maxDepth == oldSelf.maxDepth) && has(self.reason) == has(oldSelf.reason) && (!has(self.reason) || self.reason == oldSelf.reason) && has(self.requester) == has(oldSelf.requester) && (!has(self.requester) || self.requester == oldSelf.requester)",
            "message": "spec is immutable except for revoked; revoke this one and create another Delegation"
          },
          {
            "rule": "!(has(oldSelf.revoked) && oldSelf.revoked) || (has(self.revoked) && self.revoked)",
            "message": "revoked never goes back to false; create another Delegation",
            "fieldPath": ".revoked"
          },
          {
            "rule": "!has(self.parentRef) || !has(self.maxDepth)",
            "message": "maxDepth can't be given with parentRef; the first Delegation of the chain sets it",
            "fieldPath": ".maxDepth"
          }
        ],
        "properties": {
          "to": {
            "type": "string",
            "minLength": 1,
            "maxLength": 253,
            "pattern": "^[A-Za-z0-9]([A-Za-z0-9._:@-]*[A-Za-z0-9])?$",
            "description": "Id of the Agent that may act under it, as that Agent's `spec.agentId` has it."
          },
          "parentRef": {
            "title": "ParentReference",
            "description": "The Delegation under which the delegator itself acts. Leave it out to lend what is one's own.",
            "type": "object",
            "required": [
              "name",
              "uid"
            ],
            "properties": {
              "name": {
                "type": "string",
                "minLength": 1,
                "maxLength": 253,
                "description": "Name of the object in the same namespace."
              },
              "uid": {
                "type": "string",
                "minLength": 1,
                "maxLength": 64,
                "description": "Its UID."
              }
            }
          },
          "roles": {
            "description": "Roles that are lent. The default is none; they are never inherited.",
            "type": "array",
            "maxItems": 32,
            "x-kubernetes-list-type": "atomic",
            "items": {
              "type": "string",
              "minLength": 1,
              "maxLength": 128,
              "description": "A role."
            }
          },
          "groups": {
            "description": "Groups that are lent. The default is none; they are never inherited.",
            "type": "array",
            "maxItems": 32,
            "x-kubernetes-list-type": "atomic",
            "items": {
              "type": "string",
              "minLength": 1,
              "maxLength": 128,
              "description": "A group."
            }
          },
          "actions": {
            "description": "Names of actions that may be asked for, with `*`, `?` and `[…]` as wildcards. The default is all that the delegator may ask for.",
            "type": "array",
            "minItems": 1,
            "maxItems": 64,
            "x-kubernetes-list-type": "atomic",
            "items": {
              "type": "string",
              "minLength": 1,
              "maxLength": 128,
              "description": "A name or pattern."
            }
          },
          "targets": {
            "title": "DelegationTargets",
            "description": "What the targets must be; all that is given must hold. The default is all targets of the delegator.",
            "type": "object",
            "minProperties": 1,
            "properties": {
              "ids": {
                "description": "Ids of targets, with `*`, `?` and `[…]` as wildcards.",
                "type": "array",
                "minItems": 1,
                "maxItems": 64,
                "x-kubernetes-list-type": "atomic",
                "items": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 253,
                  "description": "An id or pattern."
                }
              },
              "environments": {
                "description": "Environments of the target.",
                "type": "array",
                "minItems": 1,
                "maxItems": 3,
                "x-kubernetes-list-type": "atomic",
                "items": {
                  "type": "string",
                  "enum": [
                    "dev",
                    "staging",
                    "prod"
                  ],
                  "description": "An environment."
                }
              },
              "sensitivities": {
                "description": "Sensitivities of the target.",
                "type": "array",
                "minItems": 1,
                "maxItems": 4,
                "x-kubernetes-list-type": "atomic",
                "items": {
                  "type": "string",
                  "enum": [
                    "public",
                    "internal",
                    "restricted",
                    "critical"
                  ],
                  "description": "A sensitivity."
                }
              },
              "types": {
                "description": "Types of the target.",
                "type": "array",
                "minItems": 1,
                "maxItems": 64,
                "x-kubernetes-list-type": "atomic",
                "items": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 63,
                  "description": "A type."
                }
              },
              "labels": {
                "description": "Labels that the target must have, each with this value.",
                "type": "object",
                "minProperties": 1,
                "maxProperties": 32,
                "x-kubernetes-validations": [
                  {
                    "rule": "self.all(name, name.size() >= 1 && name.size() <= 253)",
                    "message": "names of labels must have 1 to 253 characters"
                  }
                ],
                "additionalProperties": {
                  "type": "string",
                  "maxLength": 253,
                  "description": "The value of the label."
                }
              }
            }
          },
          "ttl": {
            "description": "How long it holds from its creation, as in `1h`. It never outlives the Delegation that it is under.",
            "type": "string",
            "minLength": 2,
            "maxLength": 16,
            "pattern": "^([0-9]{1,6}h)?([0-9]{1,8}m)?([0-9]{1,9}s)?$",
            "default": "1h",
            "x-kubernetes-validations": [
              {
                "rule": "duration(self) > duration('0s') && duration(self) <= duration('168h')",
                "message": "must be more than 0s and at most 168h"
              }
            ]
          },
          "maxDepth": {
            "type": "integer",
            "format": "int32",
            "minimum": 1,
            "maximum": 5,
            "description": "How deep the power may be lent on, this Delegation being 1. The default is 1, so that the receiver can't lend it on."
          },
          "reason": {
            "type": "string",
            "maxLength": 1024,
            "description": "Why, for people and for the audit log."
          },
          "revoked": {
            "type": "boolean",
            "default": false,
            "description": "Whether it was taken back. It never goes back to false."
          },
          "requester": {
            "title": "Requester",
            "description": "Who lends, stamped at admission from the authenticated user. Leave it out.",
            "type": "object",
            "required": [
              "username"
            ],
            "properties": {
              "username": {
                "type": "string",
                "minLength": 1,
                "maxLength": 512,
                "description": "Username."
              },
              "uid": {
                "type": "string",
                "maxLength": 128,
                "description": "UID of the user."
              },
              "groups": {
                "description": "Groups of the user.",
                "type": "array",
                "maxItems": 128,
                "x-kubernetes-list-type": "atomic",
                "items": {
                  "type": "string",
                  "maxLength": 253,
                  "description": "A group."
                }
              },
              "extra": {
                "description": "Further attributes of the user, such as the pod and the id of its token.",
                "type": "object",
                "maxProperties": 32,
                "additionalProperties": {
                  "description": "Values of the attribute.",
                  "type": "array",
                  "maxItems": 16,
                  "items": {
                    "type": "string",
                    "maxLength": 1024,
                    "description": "A value."
                  }
                }
              }
            }
          }
        }
      },
      "status": {
        "description": "What the controller has found.",
        "type": "object",
        "default": {
          "observedGeneration": -1
        },
        "properties": {
          "observedGeneration": {
            "type": "integer",
            "format": "int64",
            "minimum": -1,
            "default": -1,
            "description": "Generation that this status is about. -1 until the object has been looked at."
          },
          "root": {
            "type": "string",
            "maxLength": 253,
            "description": "Id of the agent with which the chain begins, whose budget is charged."
          },
          "delegator": {
            "type": "string",
            "maxLength": 1536,
            "description": "Id of the agent that lends."
          },
          "agent": {
            "type": "string",
            "maxLength": 1536,
            "description": "Id under which the receiver acts, as in `deploy-bot/helper-bot`."
          },
          "depth": {
            "type": "integer",
            "format": "int32",
            "minimum": 1,
            "maximum": 5,
            "description": "Its place in the chain, from 1."
          },
          "expiresAt": {
            "type": "string",
            "format": "date-time",
            "maxLength": 64,
            "description": "When it ends."
          },
          "chain": {
            "description": "The chain of delegation, root first, the delegator last.",
            "type": "array",
            "maxItems": 5,
            "x-kubernetes-list-type": "atomic",
            "items": {
              "title": "DelegationLink",
              "description": "An agent that lent its power.",
              "type": "object",
              "required": [
                "id"
              ],
              "properties": {
                "id": {
                  "type": "string",
                  "maxLength": 1536,
                  "description": "Agent id."
                },
                "name": {
                  "type": "string",
                  "maxLength": 253,
                  "description": "Name of the Agent."
                },
                "uid": {
                  "type": "string",
                  "maxLength": 64,
                  "description": "UID of the Agent."
                },
                "digest": {
                  "type": "string",
                  "maxLength": 71,
                  "description": "Digest of the Agent."
                },
                "roles": {
                  "description": "Roles that it lent.",
                  "type": "array",
                  "maxItems": 32,
                  "x-kubernetes-list-type": "atomic",
                  "items": {
                    "type": "string",
                    "maxLength": 128,
                    "description": "A role."
                  }
                },
                "groups": {
                  "description": "Groups that it lent.",
                  "type": "array",
                  "maxItems": 32,
                  "x-kubernetes-list-type": "atomic",
                  "items": {
                    "type": "string",
                    "maxLength": 128,
                    "description": "A group."
                  }
                },
                "delegation": {
                  "type": "string",
                  "maxLength": 253,
                  "description": "Name of the Delegation."
                },
                "at": {
                  "type": "string",
                  "format": "date-time",
                  "maxLength": 64,
                  "description": "When it was lent."
                }
              }
            }
          },
          "conditions": {
            "description": "State of the object: `Ready`, whose reason is `Accepted`, `Invalid`, `Expired` or `Revoked`, and `Reconciling` or `Stalled` only while they are true.",
            "type": "array",
            "maxItems": 16,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": [
              "type"
            ],
            "items": {
              "title": "Condition",
              "description": "One aspect of the state.",
              "type": "object",
              "required": [
                "type",
                "status",
                "lastTransitionTime",
                "reason",
                "message"
              ],
              "properties": {
                "type": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 63,
                  "pattern": "^[A-Z][A-Za-z0-9]*$",
                  "description": "Name of the aspect."
                },
                "status": {
                  "type": "string",
                  "enum": [
                    "True",
                    "False",
                    "Unknown"
                  ],
                  "description": "Whether it holds."
                },
                "observedGeneration": {
                  "type": "integer",
                  "format": "int64",
                  "minimum": 0,
                  "description": "Generation that the condition is about."
                },
                "lastTransitionTime": {
                  "type": "string",
                  "format": "date-time",
                  "maxLength": 64,
                  "description": "When `status` last changed."
                },
                "reason": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 128,
                  "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                  "description": "Why, as one word of a closed set."
                },
                "message": {
                  "type": "string",
                  "maxLength": 4096,
                  "description": "Why, for people."
                }
              }
            }
          }
        }
      }
    }
  },
  RiskProfile: {
    "description": "Limits that hold for every agent whose `spec.riskProfile` names it; `default` holds for all that name none. A block that is left out is off.",
    "type": "object",
    "required": [
      "spec"
    ],
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "Version of this representation, `agentsafe.dev/v1alpha1`.",
        "maxLength": 64
      },
      "kind": {
        "type": "string",
        "description": "Always `RiskProfile`.",
        "maxLength": 64
      },
      "metadata": {
        "type": "object"
      },
      "spec": {
        "description": "The limits.",
        "type": "object",
        "x-kubernetes-validations": [
          {
            "rule": "has(self.rateLimit) || has(self.circuitBreaker) || has(self.cumulativeRisk)",
            "message": "at least one of rateLimit, circuitBreaker and cumulativeRisk is required"
          }
        ],
        "properties": {
          "description": {
            "type": "string",
            "maxLength": 1024,
            "description": "What the profile is for."
          },
          "rateLimit": {
            "title": "RateLimit",
            "description": "How many requests an agent may make within a sliding window.",
            "type": "object",
            "properties": {
              "maxRequests": {
                "type": "integer",
                "format": "int32",
                "minimum": 1,
                "maximum": 100000,
                "default": 100,
                "description": "Requests that the window allows."
              },
              "window": {
                "description": "Length of the window, as in `1m`.",
                "type": "string",
                "minLength": 2,
                "maxLength": 16,
                "pattern": "^([0-9]{1,6}h)?([0-9]{1,8}m)?([0-9]{1,9}s)?$",
                "default": "1m",
                "x-kubernetes-validations": [
                  {
                    "rule": "duration(self) > duration('0s') && duration(self) <= duration('24h')",
                    "message": "must be more than 0s and at most 24h"
                  }
                ]
              }
            }
          },
          "circuitBreaker": {
            "title": "CircuitBreaker",
            "description": "Refuses everything for a while after too many denials.",
            "type": "object",
            "required": [
              "threshold"
            ],
            "properties": {
              "threshold": {
                "type": "integer",
                "format": "int32",
                "minimum": 1,
                "maximum": 1000,
                "description": "Denials within the window that open the breaker."
              },
              "window": {
                "description": "Length of the window in which denials are counted, as in `1m`.",
                "type": "string",
                "minLength": 2,
                "maxLength": 16,
                "pattern": "^([0-9]{1,6}h)?([0-9]{1,8}m)?([0-9]{1,9}s)?$",
                "default": "1m",
                "x-kubernetes-validations": [
                  {
                    "rule": "duration(self) > duration('0s') && duration(self) <= duration('24h')",
                    "message": "must be more than 0s and at most 24h"
                  }
                ]
              },
              "cooldown": {
                "description": "How long an open breaker refuses, as in `5m`. Then it closes and forgets the denials.",
                "type": "string",
                "minLength": 2,
                "maxLength": 16,
                "pattern": "^([0-9]{1,6}h)?([0-9]{1,8}m)?([0-9]{1,9}s)?$",
                "default": "5m",
                "x-kubernetes-validations": [
                  {
                    "rule": "duration(self) > duration('0s') && duration(self) <= duration('24h')",
                    "message": "must be more than 0s and at most 24h"
                  }
                ]
              }
            }
          },
          "cumulativeRisk": {
            "title": "CumulativeRiskLimit",
            "description": "How much risk an agent may gather within a sliding window. Each request that policy does not deny adds the score of its effective risk.",
            "type": "object",
            "x-kubernetes-validations": [
              {
                "rule": "self.denyAt > self.escalateAt",
                "message": "denyAt must be more than escalateAt",
                "fieldPath": ".denyAt"
              }
            ],
            "properties": {
              "window": {
                "description": "Length of the window, as in `1h`.",
                "type": "string",
                "minLength": 2,
                "maxLength": 16,
                "pattern": "^([0-9]{1,6}h)?([0-9]{1,8}m)?([0-9]{1,9}s)?$",
                "default": "1h",
                "x-kubernetes-validations": [
                  {
                    "rule": "duration(self) > duration('0s') && duration(self) <= duration('168h')",
                    "message": "must be more than 0s and at most 168h"
                  }
                ]
              },
              "scores": {
                "title": "RiskScores",
                "description": "Score of each effective risk.",
                "type": "object",
                "default": {},
                "properties": {
                  "low": {
                    "type": "integer",
                    "format": "int32",
                    "minimum": 0,
                    "maximum": 100000,
                    "default": 1,
                    "description": "Score of a low risk."
                  },
                  "medium": {
                    "type": "integer",
                    "format": "int32",
                    "minimum": 0,
                    "maximum": 100000,
                    "default": 5,
                    "description": "Score of a medium risk."
                  },
                  "high": {
                    "type": "integer",
                    "format": "int32",
                    "minimum": 0,
                    "maximum": 100000,
                    "default": 15,
                    "description": "Score of a high risk."
                  },
                  "critical": {
                    "type": "integer",
                    "format": "int32",
                    "minimum": 0,
                    "maximum": 100000,
                    "default": 50,
                    "description": "Score of a critical risk."
                  }
                }
              },
              "escalateAt": {
                "type": "integer",
                "format": "int32",
                "minimum": 1,
                "maximum": 100000000,
                "default": 30,
                "description": "Sum, the request's own score included, from which an allow needs approval."
              },
              "denyAt": {
                "type": "integer",
                "format": "int32",
                "minimum": 1,
                "maximum": 100000000,
                "default": 75,
                "description": "Sum, the request's own score included, from which a request is denied."
              }
            }
          }
        }
      },
      "status": {
        "description": "What the controller has found.",
        "type": "object",
        "default": {
          "observedGeneration": -1
        },
        "properties": {
          "observedGeneration": {
            "type": "integer",
            "format": "int64",
            "minimum": -1,
            "default": -1,
            "description": "Generation that this status is about. -1 until the object has been looked at."
          },
          "digest": {
            "type": "string",
            "maxLength": 71,
            "pattern": "^sha256:[0-9a-f]{64}$",
            "description": "Digest of the object's name and spec."
          },
          "conditions": {
            "description": "State of the object: `Ready`, and `Reconciling` or `Stalled` only while they are true.",
            "type": "array",
            "maxItems": 16,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": [
              "type"
            ],
            "items": {
              "title": "Condition",
              "description": "One aspect of the state.",
              "type": "object",
              "required": [
                "type",
                "status",
                "lastTransitionTime",
                "reason",
                "message"
              ],
              "properties": {
                "type": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 63,
                  "pattern": "^[A-Z][A-Za-z0-9]*$",
                  "description": "Name of the aspect."
                },
                "status": {
                  "type": "string",
                  "enum": [
                    "True",
                    "False",
                    "Unknown"
                  ],
                  "description": "Whether it holds."
                },
                "observedGeneration": {
                  "type": "integer",
                  "format": "int64",
                  "minimum": 0,
                  "description": "Generation that the condition is about."
                },
                "lastTransitionTime": {
                  "type": "string",
                  "format": "date-time",
                  "maxLength": 64,
                  "description": "When `status` last changed."
                },
                "reason": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 128,
                  "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                  "description": "Why, as one word of a closed set."
                },
                "message": {
                  "type": "string",
                  "maxLength": 4096,
                  "description": "Why, for people."
                }
              }
            }
          }
        }
      }
    }
  },
  Target: {
    "description": "An entry of the inventory. What is judged is what is touched; the target's resource gives the parameters of a request.",
    "type": "object",
    "required": [
      "spec"
    ],
    "properties": {
      "apiVersion": {
        "type": "string",
        "description": "Version of this representation, `agentsafe.dev/v1alpha1`.",
        "maxLength": 64
      },
      "kind": {
        "type": "string",
        "description": "Always `Target`.",
        "maxLength": 64
      },
      "metadata": {
        "type": "object"
      },
      "spec": {
        "description": "What the target is and how much harm can be done to it.",
        "type": "object",
        "required": [
          "type",
          "environment",
          "sensitivity"
        ],
        "x-kubernetes-validations": [
          {
            "rule": "self.type == 'sentinel' || has(self.resource)",
            "message": "resource is required: without it nothing ties a request's parameters to the target",
            "fieldPath": ".resource"
          }
        ],
        "properties": {
          "id": {
            "description": "What requests and policies name, unique among all targets. The default is the object's name.",
            "type": "string",
            "minLength": 1,
            "maxLength": 253,
            "pattern": "^[A-Za-z0-9]([A-Za-z0-9._/:-]*[A-Za-z0-9])?$"
          },
          "type": {
            "type": "string",
            "minLength": 1,
            "maxLength": 63,
            "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
            "description": "Type, such as `k8s-deployment`. An action fits only its own types."
          },
          "environment": {
            "type": "string",
            "enum": [
              "dev",
              "staging",
              "prod"
            ],
            "description": "Environment."
          },
          "sensitivity": {
            "type": "string",
            "enum": [
              "public",
              "internal",
              "restricted",
              "critical"
            ],
            "description": "How much harm can be done to it."
          },
          "contents": {
            "description": "For a container such as a namespace, node, cluster or bucket. `registered` asserts that everything that matters in it is registered as a Target, so that it is as sensitive as the most sensitive of these; otherwise it counts as critical.",
            "type": "string",
            "enum": [
              "registered",
              "unknown"
            ]
          },
          "owner": {
            "type": "string",
            "maxLength": 253,
            "default": "",
            "description": "Team or person who answers for it."
          },
          "description": {
            "type": "string",
            "maxLength": 1024,
            "description": "What it is."
          },
          "labels": {
            "description": "Labels that policies select by. They are not the object's own labels.",
            "type": "object",
            "maxProperties": 32,
            "x-kubernetes-validations": [
              {
                "rule": "self.all(name, name.size() >= 1 && name.size() <= 253)",
                "message": "names of labels must have 1 to 253 characters"
              }
            ],
            "additionalProperties": {
              "type": "string",
              "maxLength": 253,
              "description": "The value of the label."
            }
          },
          "resource": {
            "title": "TargetResource",
            "description": "The thing itself. Exactly one of `kubernetes` and `aws` must be given.",
            "type": "object",
            "x-kubernetes-validations": [
              {
                "rule": "has(self.kubernetes) != has(self.aws)",
                "message": "exactly one of kubernetes and aws must be given"
              }
            ],
            "properties": {
              "kubernetes": {
                "title": "KubernetesResource",
                "description": "An object in this cluster.",
                "type": "object",
                "required": [
                  "apiVersion",
                  "kind",
                  "name"
                ],
                "properties": {
                  "apiVersion": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 128,
                    "pattern": "^([a-z0-9.-]+/)?v[a-z0-9]+$",
                    "description": "API version, such as `apps/v1`."
                  },
                  "kind": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 63,
                    "pattern": "^[A-Z][A-Za-z0-9]*$",
                    "description": "Kind, such as `Deployment`."
                  },
                  "namespace": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 63,
                    "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
                    "description": "Namespace. Absent for an object that has none."
                  },
                  "name": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 253,
                    "pattern": "^[A-Za-z0-9]([A-Za-z0-9.:_-]*[A-Za-z0-9])?$",
                    "description": "Name."
                  }
                }
              },
              "aws": {
                "title": "AwsResource",
                "description": "An AWS resource, by `arn`, or by `service`, `region`, `account` and `id`.",
                "type": "object",
                "x-kubernetes-validations": [
                  {
                    "rule": "has(self.arn) != (has(self.service) && has(self.region) && has(self.account) && has(self.id))",
                    "message": "either arn, or all of service, region, account and id must be given"
                  },
                  {
                    "rule": "!has(self.arn) || !(has(self.service) || has(self.region) || has(self.account) || has(self.id))",
                    "message": "service, region, account and id must not be given beside arn"
                  }
                ],
                "properties": {
                  "arn": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 1024,
                    "pattern": "^arn:[a-z0-9-]+:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[^*?]+$",
                    "description": "ARN, without wildcards."
                  },
                  "service": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 63,
                    "pattern": "^[a-z0-9-]+$",
                    "description": "Service, such as `ec2`."
                  },
                  "region": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 63,
                    "pattern": "^[a-z0-9-]+$",
                    "description": "Region, such as `eu-central-1`."
                  },
                  "account": {
                    "type": "string",
                    "maxLength": 12,
                    "pattern": "^[0-9]{12}$",
                    "description": "Account number."
                  },
                  "id": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 1024,
                    "pattern": "^[^*?]+$",
                    "description": "Id within the service, such as `instance/i-0abc`."
                  }
                }
              }
            }
          }
        }
      },
      "status": {
        "description": "What the controller has found.",
        "type": "object",
        "default": {
          "observedGeneration": -1
        },
        "properties": {
          "observedGeneration": {
            "type": "integer",
            "format": "int64",
            "minimum": -1,
            "default": -1,
            "description": "Generation that this status is about. -1 until the object has been looked at."
          },
          "digest": {
            "type": "string",
            "maxLength": 71,
            "pattern": "^sha256:[0-9a-f]{64}$",
            "description": "Digest of the object's name and spec, which tickets and decisions cite."
          },
          "effectiveSensitivity": {
            "type": "string",
            "enum": [
              "public",
              "internal",
              "restricted",
              "critical"
            ],
            "description": "Sensitivity that counts: that of the target itself or of the most sensitive target in it."
          },
          "conditions": {
            "description": "State of the object: `Ready`, and `Reconciling` or `Stalled` only while they are true.",
            "type": "array",
            "maxItems": 16,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": [
              "type"
            ],
            "items": {
              "title": "Condition",
              "description": "One aspect of the state.",
              "type": "object",
              "required": [
                "type",
                "status",
                "lastTransitionTime",
                "reason",
                "message"
              ],
              "properties": {
                "type": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 63,
                  "pattern": "^[A-Z][A-Za-z0-9]*$",
                  "description": "Name of the aspect."
                },
                "status": {
                  "type": "string",
                  "enum": [
                    "True",
                    "False",
                    "Unknown"
                  ],
                  "description": "Whether it holds."
                },
                "observedGeneration": {
                  "type": "integer",
                  "format": "int64",
                  "minimum": 0,
                  "description": "Generation that the condition is about."
                },
                "lastTransitionTime": {
                  "type": "string",
                  "format": "date-time",
                  "maxLength": 64,
                  "description": "When `status` last changed."
                },
                "reason": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 128,
                  "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                  "description": "Why, as one word of a closed set."
                },
                "message": {
                  "type": "string",
                  "maxLength": 4096,
                  "description": "Why, for people."
                }
              }
            }
          }
        }
      }
    }
  },
};
