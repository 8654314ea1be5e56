type Environment = Readonly<Record<string, string | undefined>>

/** What of the environment changes how Layerscope works. */
const names = [
  /^LAYERSCOPE_/,
  /^(?:HF|HUGGING_?FACE|TRANSFORMERS|TF|CUDA|XDG|PIP|ELECTRON)_/,
  /^(?:HTTPS?|ALL|NO|FTP)_PROXY$/i,
  /^NODE_(?:OPTIONS|EXTRA_CA_CERTS|USE_ENV_PROXY|TLS_REJECT_UNAUTHORIZED)$/,
  /^(?:DISPLAY|WAYLAND_DISPLAY|LANG|TMPDIR|TEMP|container)$/
]

/** Set by hosts for their engine, and of no use in a report. */
const internal = new Set(['LAYERSCOPE_ENGINE_GROUP'])

/** The variables that matter, sorted, with secrets taken out of their values. */
export function reportedEnvironment(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment)
      .filter(([name, value]) => value !== undefined && !internal.has(name) && names.some((of) => of.test(name)))
      .map(([name, value]): [string, string] => [name, isSecret(name) ? secret(value!) : redacted(value!)])
      .sort(([a], [b]) => a.localeCompare(b))
  )
}

function isSecret(name: string): boolean {
  return /TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|(?:^|_)KEY(?:$|_)/i.test(name) && !/_(?:PATH|FILE|DIR)$/i.test(name)
}

function secret(value: string): string {
  return value === '' ? '' : `set, ${value.length} characters, not shown`
}

/** Text without what looks like an access token, and addresses without their user name and password. */
export function redacted(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@]*@/gi, '$1***@')
    .replace(/\b(?:hf|api_org)_[A-Za-z0-9]{8,}/g, '***')
    .replace(/([?&](?:token|key|signature|password)=)[^&\s"']+/gi, '$1***')
    .replace(/(\bBearer\s+)[\w.~+/-]+=*/gi, '$1***')
}
