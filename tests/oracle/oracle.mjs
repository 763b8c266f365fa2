// Answers questions about policies: a JSON batch a line on standard input, a JSON list of answers a line on standard output.
//
// A batch is {policies: [document], questions: [question]}. A question names the policies that decide by their places:
//   {principal, action, resource, account, context, identity: [n], boundary: [n], session: n, scps: [[n]], rcps: [[n]],
//    endpoint: [n], resource_policy: n}
// where what is not there, or null, is not given. An answer is [outcome, detail, ignored]: outcome is "allowed",
// "denied" or "error"; ignored lists the context keys that the simulator left out because the action does not know them.
import { createInterface } from 'node:readline'
import './collator.mjs'
import * as policies from '@cloud-copilot/iam-policy'
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

const VALIDATE = {
  identity: policies.validateIdentityPolicy,
  resource: policies.validateResourcePolicy,
  scp: policies.validateServiceControlPolicy,
  rcp: policies.validateResourceControlPolicy,
  endpoint: policies.validateEndpointPolicy
}
const OUTCOMES = { Allowed: 'allowed', ImplicitlyDenied: 'denied', ExplicitlyDenied: 'denied' }

function prepared(documents) {
  const kept = new Map()
  return (n, kind, session = []) => {
    const key = `${n} ${kind} ${JSON.stringify(session)}`
    if (!kept.has(key)) {
      const document = renamed(filled(documents[n], session))
      kept.set(key, policies.createValidatedPolicy(document, VALIDATE[kind], { name: String(n) }))
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

async function answer(question, policy) {
  const inSession = ([key]) => SESSION_KEYS.includes(key)
  const session = Object.entries(question.context).filter(inSession)
  const one = (n, kind) => (n == null ? undefined : policy(n, kind, session))
  const named = (numbers, kind) => numbers?.map((n) => ({ name: String(n), policy: one(n, kind) }))
  const levels = (list, kind) => (list ?? []).map((numbers, level) => ({ orgIdentifier: `level ${level}`, policies: named(numbers, kind) }))
  const simulation = {
    request: {
      principal: question.principal,
      action: question.action,
      resource: { resource: question.resource, accountId: question.account },
      contextVariables: renamed(Object.fromEntries(Object.entries(question.context).filter((entry) => !inSession(entry))))
    },
    identityPolicies: named(question.identity, 'identity'),
    serviceControlPolicies: levels(question.scps, 'scp'),
    resourceControlPolicies: levels(question.rcps, 'rcp'),
    permissionBoundaryPolicies: named(question.boundary ?? undefined, 'identity'),
    sessionPolicy: one(question.session, 'identity'),
    vpcEndpointPolicies: named(question.endpoint ?? undefined, 'endpoint'),
    resourcePolicy: one(question.resource_policy, 'resource')
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
