// Answers questions about policies: a JSON batch a line on standard input, a JSON list of answers a line on standard output.
//
// A batch is {policies: [document], questions: [question]}. A question names its policy by index and says whose it is,
// and may name by index the policy of the resource that it meets:
//   {policy, kind: "identity" | "resource", principal, action, resource, account, context, resource_policy}
// An answer is [outcome, detail, ignored]: outcome is "allowed", "denied" or "error"; ignored lists the context keys
// that the simulator left out because the action does not know them.
import { createInterface } from 'node:readline'
import './collator.mjs'
import { createValidatedPolicy, validateIdentityPolicy, validateResourcePolicy } from '@cloud-copilot/iam-policy'
import { runSimulation } from '@cloud-copilot/iam-simulate'

// Keys that Studio puts into the credentials of a user's session. AWS documents them as policy variables and lists them
// for no action, so the simulator would leave them out; they are filled into the policy before it is asked.
const SESSION_KEYS = ['sagemaker:DomainId', 'sagemaker:UserProfileName']

// A provider of an Amazon EKS cluster has keys of its own, which no list has; they are asked about as those of a listed one.
const CLAIM = /^oidc[.-]eks\.[^:]+:(aud|sub)$/
const listed = (key) => key.replace(CLAIM, 'accounts.google.com:$1')
const renamed = (value) =>
  Array.isArray(value)
    ? value.map(renamed)
    : value && typeof value === 'object'
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [listed(key), renamed(inner)]))
      : value

const OUTCOMES = { Allowed: 'allowed', ImplicitlyDenied: 'denied', ExplicitlyDenied: 'denied' }

function prepared(documents) {
  const kept = new Map()
  return (index, kind, session = []) => {
    const key = `${index} ${kind} ${JSON.stringify(session)}`
    if (!kept.has(key)) {
      const validate = kind === 'identity' ? validateIdentityPolicy : validateResourcePolicy
      kept.set(key, createValidatedPolicy(renamed(filled(documents[index], session)), validate, { name: 'policy' }))
    }
    return kept.get(key)
  }
}

function filled(document, session) {
  if (!session.length) return document
  let text = JSON.stringify(document)
  for (const [key, value] of session) text = text.replaceAll(`\${${key}}`, JSON.stringify(value).slice(1, -1))
  return JSON.parse(text)
}

function resourcePolicy(question, policy) {
  return question.resource_policy === null ? undefined : policy(question.resource_policy, 'resource')
}

async function answer(question, policy) {
  const identity = question.kind === 'identity'
  const inSession = ([key]) => SESSION_KEYS.includes(key)
  const session = Object.entries(question.context).filter(inSession)
  const context = renamed(Object.fromEntries(Object.entries(question.context).filter((entry) => !inSession(entry))))
  const simulation = {
    request: {
      principal: question.principal,
      action: question.action,
      resource: { resource: question.resource, accountId: question.account },
      contextVariables: context
    },
    identityPolicies: identity ? [{ name: 'policy', policy: policy(question.policy, 'identity', session) }] : [],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    resourcePolicy: identity ? resourcePolicy(question, policy) : policy(question.policy, 'resource')
  }
  const result = await runSimulation(simulation, {})
  if (result.resultType === 'error') return ['error', JSON.stringify(result.errors), []]
  const parts = result.resultType === 'single' ? [result.result] : result.results
  const ignored = [...new Set(parts.flatMap((part) => part.ignoredContextKeys ?? []))]
  const outcome = OUTCOMES[result.overallResult]
  return outcome ? [outcome, '', ignored] : ['error', `unknown outcome ${result.overallResult}`, ignored]
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const batch = JSON.parse(line)
  const policy = prepared(batch.policies)
  const answers = []
  for (const question of batch.questions) {
    try {
      answers.push(await answer(question, policy))
    } catch (error) {
      answers.push(['error', String(error), []])
    }
  }
  process.stdout.write(JSON.stringify(answers) + '\n')
}
