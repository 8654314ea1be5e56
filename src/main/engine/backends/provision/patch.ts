/**
 * What is changed in tfjs-node's tfjs_backend.cc before it is compiled. Each change names the text it replaces: a new release in which that
 * text is gone fails here, loudly, rather than building something else.
 */
interface Change {
  reason: string
  find: string
  replace: string
}

export const patchVersion = 1

const changes: readonly Change[] = [
  {
    // _FusedMatMul names what it fuses in a list(string) attribute, and the binding passes single strings only.
    reason: 'attributes that are lists of strings',
    find: `    case TF_ATTR_STRING: {
`,
    replace: `    case TF_ATTR_STRING: {
      if (IsArray(env, nstatus, &js_value)) {
        uint32_t length;
        nstatus = napi_get_array_length(env, js_value, &length);
        ENSURE_NAPI_OK(env, nstatus);
        std::vector<std::string> texts(length);
        std::vector<const void *> pointers(length);
        std::vector<size_t> lengths(length);
        for (uint32_t i = 0; i < length; ++i) {
          napi_value element;
          nstatus = napi_get_element(env, js_value, i, &element);
          ENSURE_NAPI_OK(env, nstatus);
          nstatus = GetStringParam(env, element, texts[i]);
          ENSURE_NAPI_OK(env, nstatus);
          pointers[i] = texts[i].data();
          lengths[i] = texts[i].size();
        }
        TFE_OpSetAttrStringList(tfe_op, attr_name, pointers.data(), lengths.data(), static_cast<int>(length));
        break;
      }
`
  }
]

/** Applies every change to the text of tfjs_backend.cc. */
export function patchBinding(source: string): string {
  let text = source
  for (const { reason, find, replace } of changes) {
    const at = text.indexOf(find)
    if (at < 0 || text.indexOf(find, at + 1) >= 0) throw new Error(`tfjs-node's binding has changed: the place for '${reason}' was not found exactly once.`)
    text = text.slice(0, at) + replace + text.slice(at + find.length)
  }
  return text
}
