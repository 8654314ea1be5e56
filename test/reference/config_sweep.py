"""Change one field of config.json at a time, in every family, and compare what PyTorch computes with Layerscope.

Each change is tried in two ways: `fresh` draws weights for the changed config, as a checkpoint trained with it has
them; `edited` keeps the weights of the unchanged config, as somebody who edits config.json has them. A change that
transformers cannot load, or for which it has to invent weights, has no answer and is left out.

Layerscope may agree or refuse in a sentence. Everything else is wrong; the script prints it and ends with 1.

Usage: python test/reference/config_sweep.py OUT_DIR [--family NAME ...] [--keep]
  Needs a build (npm run build); torch, transformers, safetensors (written with torch 2.15, transformers 5.24).
"""

import argparse
import copy
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import warnings

import torch
import transformers

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'fixtures', 'parity'))
from checkpoints import draw_weights, output_tensors, write_reference

V, H, L, A, F, T = 60, 32, 2, 4, 64, 11
PADDED = 4

DECODER = dict(
    vocab_size=V,
    hidden_size=H,
    num_hidden_layers=L,
    num_attention_heads=A,
    intermediate_size=F,
    max_position_embeddings=64,
    pad_token_id=0,
    bos_token_id=1,
    eos_token_id=2,
)
GROUPED = dict(DECODER, num_key_value_heads=2)
ENCODER = dict(
    vocab_size=V,
    hidden_size=H,
    num_hidden_layers=L,
    num_attention_heads=A,
    intermediate_size=F,
    max_position_embeddings=64,
    type_vocab_size=2,
    pad_token_id=0,
)
ROBERTA = dict(ENCODER, type_vocab_size=1, max_position_embeddings=66, pad_token_id=1, bos_token_id=0, eos_token_id=2)
SEQ2SEQ = dict(
    vocab_size=V,
    d_model=H,
    encoder_layers=L,
    decoder_layers=1,
    encoder_attention_heads=A,
    decoder_attention_heads=A,
    encoder_ffn_dim=F,
    decoder_ffn_dim=F,
    max_position_embeddings=64,
)

FAMILIES = {
    'albert': (
        'AlbertForMaskedLM',
        'AlbertConfig',
        dict(ENCODER, embedding_size=16, num_hidden_groups=1, inner_group_num=1),
    ),
    'bart': (
        'BartModel',
        'BartConfig',
        dict(SEQ2SEQ, pad_token_id=1, bos_token_id=0, eos_token_id=2, forced_eos_token_id=2),
    ),
    'bert': ('BertForMaskedLM', 'BertConfig', dict(ENCODER)),
    'bloom': (
        'BloomForCausalLM',
        'BloomConfig',
        dict(vocab_size=V, hidden_size=H, n_layer=L, n_head=A, pad_token_id=3, bos_token_id=1, eos_token_id=2),
    ),
    'deberta-v2': (
        'DebertaV2ForMaskedLM',
        'DebertaV2Config',
        dict(
            ENCODER,
            type_vocab_size=0,
            relative_attention=True,
            position_buckets=8,
            norm_rel_ebd='layer_norm',
            share_att_key=True,
            pos_att_type=['p2c', 'c2p'],
            position_biased_input=False,
        ),
    ),
    'distilbert': (
        'DistilBertForMaskedLM',
        'DistilBertConfig',
        dict(vocab_size=V, dim=H, n_layers=L, n_heads=A, hidden_dim=F, max_position_embeddings=64, pad_token_id=0),
    ),
    'electra': ('ElectraForMaskedLM', 'ElectraConfig', dict(ENCODER, embedding_size=16)),
    'fnet': ('FNetForMaskedLM', 'FNetConfig', dict({k: v for k, v in ENCODER.items() if k != 'num_attention_heads'})),
    'gemma': ('GemmaForCausalLM', 'GemmaConfig', dict(GROUPED, head_dim=16)),
    'gemma2': (
        'Gemma2ForCausalLM',
        'Gemma2Config',
        dict(GROUPED, head_dim=16, sliding_window=4, query_pre_attn_scalar=16),
    ),
    'gemma3': (
        'Gemma3ForCausalLM',
        'Gemma3TextConfig',
        dict(
            GROUPED,
            head_dim=16,
            sliding_window=4,
            query_pre_attn_scalar=16,
            num_hidden_layers=3,
            sliding_window_pattern=2,
        ),
    ),
    'gpt2': (
        'GPT2LMHeadModel',
        'GPT2Config',
        dict(
            vocab_size=V, n_embd=H, n_layer=L, n_head=A, n_positions=64, pad_token_id=0, bos_token_id=1, eos_token_id=2
        ),
    ),
    'gpt_neo': (
        'GPTNeoForCausalLM',
        'GPTNeoConfig',
        dict(
            vocab_size=V,
            hidden_size=H,
            num_layers=2,
            attention_types=[[['global', 'local'], 1]],
            num_heads=A,
            intermediate_size=F,
            window_size=4,
            max_position_embeddings=64,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
        ),
    ),
    'gpt_neox': ('GPTNeoXForCausalLM', 'GPTNeoXConfig', dict(DECODER)),
    'gptj': (
        'GPTJForCausalLM',
        'GPTJConfig',
        dict(
            vocab_size=V,
            n_embd=H,
            n_layer=L,
            n_head=A,
            rotary_dim=4,
            n_positions=64,
            n_inner=F,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
        ),
    ),
    'llama': ('LlamaForCausalLM', 'LlamaConfig', dict(GROUPED, rms_norm_eps=1e-5)),
    'marian': ('MarianModel', 'MarianConfig', dict(SEQ2SEQ, pad_token_id=0, eos_token_id=2, decoder_start_token_id=0)),
    'mistral': ('MistralForCausalLM', 'MistralConfig', dict(GROUPED, sliding_window=4)),
    'modernbert': (
        'ModernBertForMaskedLM',
        'ModernBertConfig',
        dict(
            vocab_size=V,
            hidden_size=H,
            num_hidden_layers=3,
            num_attention_heads=A,
            intermediate_size=F,
            max_position_embeddings=64,
            global_attn_every_n_layers=2,
            local_attention=6,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
            cls_token_id=1,
            sep_token_id=2,
        ),
    ),
    'mpnet': ('MPNetForMaskedLM', 'MPNetConfig', dict({k: v for k, v in ROBERTA.items() if k != 'type_vocab_size'})),
    'olmo2': ('Olmo2ForCausalLM', 'Olmo2Config', dict(GROUPED)),
    'opt': (
        'OPTForCausalLM',
        'OPTConfig',
        dict(
            vocab_size=V,
            hidden_size=H,
            num_hidden_layers=L,
            num_attention_heads=A,
            ffn_dim=F,
            max_position_embeddings=64,
            word_embed_proj_dim=H,
            pad_token_id=1,
            bos_token_id=2,
            eos_token_id=2,
        ),
    ),
    'phi': ('PhiForCausalLM', 'PhiConfig', dict(DECODER, partial_rotary_factor=0.5)),
    'phi3': ('Phi3ForCausalLM', 'Phi3Config', dict(GROUPED)),
    'qwen2': ('Qwen2ForCausalLM', 'Qwen2Config', dict(GROUPED)),
    'qwen3': ('Qwen3ForCausalLM', 'Qwen3Config', dict(GROUPED, head_dim=16)),
    'roberta': ('RobertaForMaskedLM', 'RobertaConfig', dict(ROBERTA)),
    'longt5': (
        'LongT5EncoderModel',
        'LongT5Config',
        dict(
            vocab_size=V,
            d_model=H,
            d_kv=8,
            d_ff=F,
            num_layers=L,
            num_decoder_layers=1,
            num_heads=A,
            local_radius=2,
            pad_token_id=0,
        ),
    ),
    'mobilebert': (
        'MobileBertForMaskedLM',
        'MobileBertConfig',
        dict(ENCODER, embedding_size=16, intra_bottleneck_size=16, num_feedforward_networks=2),
    ),
    'convbert': ('ConvBertForMaskedLM', 'ConvBertConfig', dict(ENCODER, embedding_size=16, conv_kernel_size=3)),
    'squeezebert': (
        'SqueezeBertForMaskedLM',
        'SqueezeBertConfig',
        dict(ENCODER, embedding_size=H, q_groups=2, v_groups=2, output_groups=2),
    ),
    't5': (
        'T5EncoderModel',
        'T5Config',
        dict(
            vocab_size=V,
            d_model=H,
            d_kv=8,
            d_ff=F,
            num_layers=L,
            num_heads=A,
            relative_attention_num_buckets=8,
            relative_attention_max_distance=16,
            feed_forward_proj='relu',
            pad_token_id=0,
            eos_token_id=1,
        ),
    ),
    'xlm': (
        'XLMWithLMHeadModel',
        'XLMConfig',
        dict(
            vocab_size=V,
            emb_dim=H,
            n_layers=L,
            n_heads=A,
            max_position_embeddings=64,
            n_langs=1,
            use_lang_emb=False,
            pad_token_id=0,
        ),
    ),
    'xlm-roberta': ('XLMRobertaForMaskedLM', 'XLMRobertaConfig', dict(ROBERTA)),
    'xlnet': (
        'XLNetLMHeadModel',
        'XLNetConfig',
        dict(vocab_size=V, d_model=H, n_layer=L, n_head=A, d_inner=F, pad_token_id=0, bos_token_id=1, eos_token_id=2),
    ),
}

ACTIVATIONS = [
    'gelu',
    'gelu_new',
    'gelu_fast',
    'gelu_python',
    'gelu_pytorch_tanh',
    'quick_gelu',
    'gelu_10',
    'relu',
    'relu2',
    'relu6',
    'silu',
    'swish',
    'tanh',
    'sigmoid',
    'mish',
    'leaky_relu',
    'linear',
]
PROJECTIONS = ['relu', 'gelu', 'gated-gelu', 'gated-relu', 'gated-silu', 'gated-gelu_new', 'silu', 'gelu_new']

# Fields that files have or that code asks for although a fresh config does not list them.
ROPES = [
    dict(rope_type='linear', factor=2.0),
    dict(rope_type='dynamic', factor=2.0),
    dict(type='linear', factor=2.0),
    dict(rope_type='yarn', factor=4.0, original_max_position_embeddings=8),
    dict(rope_type='yarn', factor=4.0, original_max_position_embeddings=8, attention_factor=1.5),
    dict(rope_type='yarn', factor=4.0, original_max_position_embeddings=8, beta_fast=16.0, beta_slow=2.0),
    dict(rope_type='yarn', factor=4.0, original_max_position_embeddings=8, mscale=0.7, mscale_all_dim=0.5),
    dict(rope_type='yarn', factor=4.0, original_max_position_embeddings=8, truncate=False),
    dict(
        rope_type='llama3', factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32
    ),
    dict(
        rope_type='longrope',
        factor=2.0,
        short_factor=[1.0] * 4,
        long_factor=[2.0] * 4,
        original_max_position_embeddings=8,
    ),
    dict(rope_type='default', rope_theta=500.0),
    dict(rope_type='default', partial_rotary_factor=0.5),
    dict(rope_type='linear', factor=2.0, partial_rotary_factor=0.5),
    dict(rope_type='yarn', factor=4.0, original_max_position_embeddings=8, partial_rotary_factor=0.5),
]
UNLISTED = dict(
    head_dim=[4, 16],
    num_key_value_heads=[1, 2, 4],
    partial_rotary_factor=[0.5],
    rotary_pct=[0.5],
    rotary_dim=[2, 8],
    rope_theta=[500.0],
    rotary_emb_base=[500.0],
    global_rope_theta=[500.0],
    local_rope_theta=[500.0],
    rope_local_base_freq=[500.0],
    attention_bias=[True, False],
    mlp_bias=[True],
    qk_layernorm=[True],
    use_qk_norm=[True],
    attn_logit_softcapping=[5.0, None],
    final_logit_softcapping=[5.0, None],
    sliding_window=[3, None],
    use_sliding_window=[True, False],
    max_window_layers=[1],
    sliding_window_pattern=[2],
    _sliding_window_pattern=[2],
    layer_types=[
        ['full_attention'] * L,
        ['sliding_attention'] * L,
        ['sliding_attention', 'full_attention'],
        ['full_attention', 'sliding_attention'],
    ],
    query_pre_attn_scalar=[4],
    query_rescale_scalar=[0.5],
    attention_multiplier=[2.0],
    embedding_multiplier=[2.0],
    residual_multiplier=[0.5],
    logits_scaling=[2.0],
    logit_scale=[2.0],
    scale_embedding=[True],
    tie_word_embeddings=[True, False],
    tie_encoder_decoder=[True],
    position_embedding_type=['relative_key', 'relative_key_query', 'rotary', 'absolute'],
    hidden_act=ACTIVATIONS,
    hidden_activation=ACTIVATIONS,
    activation_function=ACTIVATIONS,
    activation=ACTIVATIONS,
    ff_activation=ACTIVATIONS,
    dense_act_fn=ACTIVATIONS,
    classifier_activation=ACTIVATIONS,
    feed_forward_proj=PROJECTIONS,
    is_gated_act=[True, False],
    is_decoder=[True, False],
    is_encoder_decoder=[True, False],
    add_cross_attention=[True],
    is_causal=[True, False],
    causal=[True],
    use_bidirectional_attention=[True],
    n_inner=[16, 48],
    n_ctx=[32],
    hidden_dim=[48],
    rms_norm_eps=[0.1],
    layer_norm_eps=[0.1],
    layer_norm_epsilon=[0.1],
    norm_eps=[0.1],
    norm_epsilon=[0.1],
    normalize_before=[True],
    normalize_embedding=[True, False],
    add_final_layer_norm=[True],
    static_position_embeddings=[True, False],
    add_bias_logits=[True],
    embedding_size=[H, 24],
    attention_head_size=[4, 16],
    sinusoidal_pos_embds=[True],
    sinusoidal_embeddings=[True],
    gelu_activation=[False],
    use_lang_emb=[True],
    n_langs=[2],
    asm=[True],
    mem_len=[4],
    reuse_len=[4],
    same_length=[True],
    attn_type=['uni'],
    bi_data=[True],
    clamp_len=[3],
    untie_r=[False],
    scale_attn_weights=[False],
    scale_attn_by_inverse_layer_idx=[True],
    reorder_and_upcast_attn=[True],
    use_parallel_residual=[False],
    parallel_attn=[True],
    alibi=[False],
    apply_residual_connection_post_layernorm=[True],
    do_layer_norm_before=[False],
    _remove_final_layer_norm=[True],
    enable_bias=[False],
    layer_norm_elementwise_affine=[False],
    word_embed_proj_dim=[16],
    pretraining_tp=[2],
    slow_but_exact=[True],
    relative_attention=[False],
    position_biased_input=[True],
    pos_att_type=[['c2p'], ['p2c'], [], 'c2p|p2c', 'p2c', ['p2p'], None],
    share_att_key=[False],
    norm_rel_ebd=['none', 'layer_norm|x'],
    position_buckets=[4, -1],
    max_relative_positions=[6, -1],
    conv_kernel_size=[3],
    legacy=[False],
    type_vocab_size=[0, 1, 2, 3],
    num_hidden_groups=[1, 2],
    inner_group_num=[2],
    share_relation_params=[True],
    relative_attention_num_buckets=[4, 16],
    relative_attention_max_distance=[8],
    global_attn_every_n_layers=[1, 3],
    local_attention=[2, 5],
    norm_bias=[True],
    decoder_bias=[False],
    classifier_bias=[True],
    sparse_prediction=[True],
    window_size=[2],
    attention_types=[[[['local'], 2]], [[['local', 'global'], 1]], [[['global'], 2]]],
    attention_layers=[['local', 'local'], ['local', 'global']],
    original_max_position_embeddings=[8, 16],
    pad_token_id=[2, None],
    pad_index=[2],
    embed_init_std=[0.5],
    scale_decoder_outputs=[False],
    encoder_layers=[1],
    num_decoder_layers=[1],
    d_kv=[4],
    n_positions=[32],
    seq_length=[16],
    use_cache=[False],
    resid_pdrop=[0.5],
    rope_parameters=ROPES,
    rope_scaling=ROPES + [dict()],
    quantization_config=[dict(quant_method='gptq', bits=4)],
    chunk_size_feed_forward=[2],
    dtype=['bfloat16', 'float16'],
    torch_dtype=['bfloat16'],
)


# In place of a value: the field is not in the file, and the default counts.
LEFT_OUT = '(left out)'


def alternatives(field, value):
    """Other values of a field, by what it holds."""
    if field in (
        'transformers_version',
        'architectures',
        'model_type',
        'id2label',
        'label2id',
        '_name_or_path',
        'vocab_size',
    ):
        return []
    known = list(UNLISTED.get(field, []))
    if field == 'rope_parameters' and value:
        known = [merged(value, change) for change in known]
    if isinstance(value, bool):
        known += [not value, int(not value)]
    elif isinstance(value, int):
        known += [value * 2, max(1, value // 2), value + 1, value - 1, 0, 1, 3, float(value)]
    elif isinstance(value, float):
        known += [value * 2, 0.1 if value < 0.1 else value / 2, 0.0, 1.0, 1, 1e-12]
    elif value is None:
        known += [1, True, False, 0.5]
    elif isinstance(value, list) and len(value) > 1:
        known += [value[::-1], value[:-1], value + value[-1:]]
    known += [None, LEFT_OUT]
    result = []
    for candidate in known:
        if json.dumps(candidate) != json.dumps(value) and candidate not in [
            r for r in result if type(r) is type(candidate)
        ]:
            result.append(candidate)
    return result


def merged(rope, change):
    """The change in both spellings of rope_parameters: flat, and one entry for each kind of layer."""
    if any(isinstance(entry, dict) for entry in rope.values()):
        return {kind: {**entry, **change} for kind, entry in rope.items()}
    return {**rope, **change}


def draw(model, seed):
    torch.manual_seed(seed)
    draw_weights(model)


def inputs_of(config):
    pad = config.get('pad_token_id')
    pad = pad if isinstance(pad, int) and 0 <= pad < V else 0
    generator = torch.Generator().manual_seed(7)
    ids = torch.randint(5, V, (2, T), generator=generator)
    mask = torch.ones(2, T, dtype=torch.long)
    ids[1, T - PADDED :] = pad
    mask[1, T - PADDED :] = 0
    return dict(input_ids=ids, attention_mask=mask)


def expected(model, inputs):
    run = model.get_encoder() if type(model).__name__ in ('BartModel', 'MarianModel') else model
    options = dict(output_hidden_states=True, output_attentions=True)
    # FNet has neither maps nor masks.
    if type(model).__name__.startswith('FNet'):
        inputs, options = dict(input_ids=inputs['input_ids']), dict(output_hidden_states=True)
    with torch.no_grad():
        result = run(**inputs, **options)
    tensors = output_tensors(result)
    # transformers returns SqueezeBERT's scores before the softmax.
    if type(model).__name__.startswith('SqueezeBert'):
        tensors |= {name: map_.softmax(-1) for name, map_ in tensors.items() if name.startswith('attentions.')}
    return tensors


def configured(config_class, json_config, folder):
    """The config as transformers reads this file."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'config.json'), 'w') as file:
        json.dump(json_config, file)
    config = getattr(transformers, config_class).from_pretrained(folder)
    config._attn_implementation = 'eager'
    config.dtype = torch.float32
    return config


def write(folder, json_config, inputs, tensors):
    with open(os.path.join(folder, 'config.json'), 'w') as file:
        json.dump(json_config, file, indent=1)
    write_reference(folder, inputs, tensors)


def fresh(names, json_config, folder):
    model_class, config_class = names
    config = configured(config_class, json_config, folder)
    model = getattr(transformers, model_class)(config).eval()
    draw(model, 11)
    model.save_pretrained(folder)
    # What a reader has is the file: PyTorch reads it again, so that what saving leaves out is left out here too.
    config = configured(config_class, json_config, folder)
    model, report = getattr(transformers, model_class).from_pretrained(
        folder, config=config, output_loading_info=True, dtype=torch.float32
    )
    if report['missing_keys'] or report.get('mismatched_keys'):
        raise ValueError('weights are missing')
    inputs = inputs_of(json_config)
    write(folder, json_config, inputs, expected(model.eval(), inputs))


def edited(names, base, json_config, folder):
    model_class, config_class = names
    os.makedirs(folder, exist_ok=True)
    shutil.copy(os.path.join(base, 'model.safetensors'), folder)
    config = configured(config_class, json_config, folder)
    model, report = getattr(transformers, model_class).from_pretrained(
        folder, config=config, output_loading_info=True, dtype=torch.float32
    )
    if report['missing_keys'] or report.get('mismatched_keys'):
        raise ValueError('weights are missing')
    inputs = inputs_of(json_config)
    write(folder, json_config, inputs, expected(model.eval(), inputs))


def sources_of(family):
    """What either program says of a family: a field that neither names changes nothing."""
    module = sys.modules[getattr(transformers, FAMILIES[family][0]).__module__]
    text = ''
    for folder in (os.path.dirname(module.__file__), os.path.dirname(transformers.__file__)):
        for name in os.listdir(folder):
            if (
                name.startswith(('configuration_', 'modeling_'))
                and not name.startswith('modeling_utils')
                or name == 'masking_utils.py'
            ):
                if name.endswith('.py'):
                    with open(os.path.join(folder, name)) as file:
                        text += file.read()
    ours = 'src/main/engine/models/transformer'
    written, todo = (
        set(),
        [
            name
            for name in os.listdir(f'{ours}/families')
            if f"type: '{family}" in open(f'{ours}/families/{name}').read()
        ],
    )
    while todo:
        name = todo.pop()
        if name in written:
            continue
        written.add(name)
        source = open(f'{ours}/families/{name}').read()
        text += source
        todo += [f'{other}.ts' for other in re.findall(r"from '\./(\w+)'", source)]
    return text + open(f'{ours}/rotaryFrequencies.ts').read() + open(f'{ours}/layerTypes.ts').read()


def changes(family, base_json):
    sources = sources_of(family)
    fields = list(base_json) + [
        field for field in UNLISTED if field not in base_json and re.search(rf'\b{field}\b', sources)
    ]
    for field in fields:
        for value in alternatives(field, base_json.get(field)):
            if field in base_json or value != LEFT_OUT:
                yield field, value


def named(field, value):
    text = re.sub(r'[^A-Za-z0-9.]+', '-', json.dumps(value)).strip('-')
    return f'{field}={text}'[:120]


def make_family(family, out):
    model_class, config_class, options = FAMILIES[family]
    names = (model_class, config_class)
    root = os.path.join(out, family)
    shutil.rmtree(root, ignore_errors=True)
    base = os.path.join(root, 'unchanged')
    os.makedirs(base)
    config = getattr(transformers, config_class)(**options)
    config._attn_implementation = 'eager'
    model = getattr(transformers, model_class)(config).eval()
    draw(model, 11)
    model.save_pretrained(base)
    with open(os.path.join(base, 'config.json')) as file:
        base_json = json.load(file)
    if family == 'xlm':
        base_json.pop('lang2id', None), base_json.pop('id2lang', None)
    inputs = inputs_of(base_json)
    write(base, base_json, inputs, expected(model, inputs))
    made, left_out = 1, 0
    for field, value in changes(family, base_json):
        changed = copy.deepcopy(base_json)
        changed[field] = value
        if value == LEFT_OUT:
            del changed[field]
        for way in ('fresh', 'edited'):
            folder = os.path.join(root, f'{named(field, value)}--{way}')
            try:
                fresh(names, changed, folder) if way == 'fresh' else edited(names, base, changed, folder)
                made += 1
            except Exception:
                left_out += 1
                shutil.rmtree(folder, ignore_errors=True)
    return made, left_out


def judge(folder):
    """(agree, refused, wrong) of the cases of a folder, with their lines."""
    run = subprocess.run(['node', 'scripts/layerscope.mjs', 'parity', folder], capture_output=True, text=True)
    agree, refused, wrong = [], [], []
    for line in run.stdout.splitlines():
        if line.endswith('  ok'):
            agree.append(line)
        elif line.endswith('  FAIL'):
            wrong.append(line)
        elif '  FAIL: ' in line:
            refused.append(line)
    cases = len([name for name in os.listdir(folder) if os.path.isdir(os.path.join(folder, name))])
    if len(agree) + len(refused) + len(wrong) != cases:
        wrong.append(f'the command ended early: {run.stderr.strip()[-400:]}')
    return agree, refused, wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('out')
    parser.add_argument('--family', nargs='*', default=list(FAMILIES))
    parser.add_argument('--keep', action='store_true', help='compare what OUT_DIR has already')
    options = parser.parse_args()
    warnings.simplefilter('ignore')
    logging.disable(logging.WARNING)
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    total = wrong_total = 0
    for family in options.family:
        folder = os.path.join(options.out, family)
        if not options.keep:
            make_family(family, options.out)
        agree, refused, wrong = judge(folder)
        total += len(agree) + len(refused) + len(wrong)
        wrong_total += len(wrong)
        print(f'{family}: {len(agree)} agree, {len(refused)} refused, {len(wrong)} wrong', flush=True)
        for line in wrong:
            print(f'  {line}', flush=True)
    print(f'{total} changes, {wrong_total} wrong without a refusal')
    return 1 if wrong_total else 0


if __name__ == '__main__':
    sys.exit(main())
