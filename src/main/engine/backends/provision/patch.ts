/**
 * What is changed in tfjs-node's binding before it is compiled. Each change names the text it replaces: a new release in which that text is
 * gone fails here, loudly, rather than building something else.
 */
interface Change {
  file: string
  reason: string
  find: string
  replace: string
}

/** Part of the cache key: another number means another build. */
export const patchVersion = 2

const changes: readonly Change[] = [
  {
    // _FusedMatMul names what it fuses in a list(string) attribute, and the binding passes single strings only.
    file: 'tfjs_backend.cc',
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
  },
  {
    file: 'tfjs_backend.h',
    reason: 'finding a tensor by its number',
    find: `  // Get number of loaded SavedModel in the backend:
`,
    replace: `  // The tensor of a number that JavaScript holds; null where there is none.
  TFE_TensorHandle *FindHandle(int32_t id) const {
    auto entry = tfe_handle_map_.find(id);
    return entry == tfe_handle_map_.end() ? nullptr : entry->second;
  }

  // Get number of loaded SavedModel in the backend:
`
  },
  {
    file: 'tfjs_binding.cc',
    reason: 'the functions of read_back.cc',
    find: `/**
 * Get the TFJSBackend associated`,
    replace: `napi_value PoolRows(napi_env env, napi_callback_info info);
napi_value SetThreads(napi_env env, napi_callback_info info);

/**
 * Get the TFJSBackend associated`
  },
  {
    file: 'tfjs_binding.cc',
    reason: 'the list of exported functions',
    find: `      {"getNumOfTensors",`,
    replace: `      {"poolRows", nullptr, PoolRows, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"setThreads", nullptr, SetThreads, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"getNumOfTensors",`
  }
]

/** The files of the binding that are changed. */
export const patchedFiles: readonly string[] = [...new Set(changes.map((change) => change.file))]

/** Applies every change to the text of one file. */
export function patchBinding(file: string, source: string): string {
  let text = source
  for (const { reason, find, replace } of changes.filter((change) => change.file === file)) {
    const at = text.indexOf(find)
    if (at < 0 || text.indexOf(find, at + 1) >= 0) throw new Error(`tfjs-node's binding has changed: the place for '${reason}' was not found exactly once.`)
    text = text.slice(0, at) + replace + text.slice(at + find.length)
  }
  return text
}
