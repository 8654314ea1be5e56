import { acl, article, preprint, type Reference } from './referenceForms'

/** What is cited for training, and for what training changes. */
export const trainingReferences = {
  chen2019slices: preprint(
    "Chen, Vincent and Wu, Sen and Ratner, Alexander J. and Weng, Jen and R{\\'e}, Christopher",
    'Slice-based Learning: A Programming Model for Residual Learning in Critical Data Slices',
    'Advances in Neural Information Processing Systems',
    '2019',
    '1909.06349'
  ),
  chronopoulou2019: acl(
    'Chronopoulou, Alexandra and Baziotis, Christos and Potamianos, Alexandros',
    'An Embarrassingly Simple Approach for Transfer Learning from Pretrained Language Models',
    'Annual Conference of the North {A}merican Chapter of the Association for Computational Linguistics',
    '2019',
    '2089--2095',
    '10.18653/v1/N19-1213'
  ),
  hinton2015: preprint(
    'Hinton, Geoffrey and Vinyals, Oriol and Dean, Jeff',
    'Distilling the Knowledge in a Neural Network',
    'NIPS Deep Learning and Representation Learning Workshop',
    '2015',
    '1503.02531'
  ),
  lee2020: preprint(
    'Lee, Cheolhyoung and Cho, Kyunghyun and Kang, Wanmo',
    'Mixout: Effective Regularization to Finetune Large-scale Pretrained Language Models',
    'International Conference on Learning Representations',
    '2020',
    '1909.11299'
  ),
  li2018: preprint(
    'Li, Xuhong and Grandvalet, Yves and Davoine, Franck',
    'Explicit Inductive Bias for Transfer Learning with Convolutional Networks',
    'International Conference on Machine Learning',
    '2018',
    '1802.01483'
  ),
  lin1991: article(
    'Lin, Jianhua',
    'Divergence Measures Based on the {Shannon} Entropy',
    'IEEE Transactions on Information Theory',
    '1991',
    '37',
    '145--151',
    '10.1109/18.61115'
  ),
  liu2019mtdnn: acl(
    'Liu, Xiaodong and He, Pengcheng and Chen, Weizhu and Gao, Jianfeng',
    'Multi-Task Deep Neural Networks for Natural Language Understanding',
    'Annual Meeting of the Association for Computational Linguistics',
    '2019',
    '4487--4496',
    '10.18653/v1/P19-1441'
  ),
  miyato2019: article(
    'Miyato, Takeru and Maeda, Shin-ichi and Koyama, Masanori and Ishii, Shin',
    'Virtual Adversarial Training: A Regularization Method for Supervised and Semi-Supervised Learning',
    'IEEE Transactions on Pattern Analysis and Machine Intelligence',
    '2019',
    '41',
    '1979--1993',
    '10.1109/TPAMI.2018.2858821'
  ),
  ruderPlank2018: acl(
    'Ruder, Sebastian and Plank, Barbara',
    'Strong Baselines for Neural Semi-Supervised Learning under Domain Shift',
    'Annual Meeting of the Association for Computational Linguistics',
    '2018',
    '1044--1054',
    '10.18653/v1/P18-1096'
  ),
  sanh2019: preprint(
    'Sanh, Victor and Debut, Lysandre and Chaumond, Julien and Wolf, Thomas',
    '{DistilBERT}, a distilled version of {BERT}: smaller, faster, cheaper and lighter',
    'NeurIPS Workshop on Energy Efficient Machine Learning and Cognitive Computing',
    '2019',
    '1910.01108'
  ),
  stickland2019: preprint(
    'Stickland, Asa Cooper and Murray, Iain',
    '{BERT} and {PALs}: Projected Attention Layers for Efficient Adaptation in Multi-Task Learning',
    'International Conference on Machine Learning',
    '2019',
    '1902.02671'
  ),
  tang2019: preprint(
    'Tang, Raphael and Lu, Yao and Liu, Linqing and Mou, Lili and Vechtomova, Olga and Lin, Jimmy',
    'Distilling Task-Specific Knowledge from {BERT} into Simple Neural Networks',
    'arXiv preprint',
    '2019',
    '1903.12136'
  ),
  xie2020: preprint(
    'Xie, Qizhe and Dai, Zihang and Hovy, Eduard and Luong, Minh-Thang and Le, Quoc V.',
    'Unsupervised Data Augmentation for Consistency Training',
    'Advances in Neural Information Processing Systems',
    '2020',
    '1904.12848'
  ),
  yarowsky1995: acl(
    'Yarowsky, David',
    'Unsupervised Word Sense Disambiguation Rivaling Supervised Methods',
    'Annual Meeting of the Association for Computational Linguistics',
    '1995',
    '189--196',
    '10.3115/981658.981684'
  ),
  zeiler2012: preprint(
    'Zeiler, Matthew D.',
    '{ADADELTA}: An Adaptive Learning Rate Method',
    'arXiv preprint',
    '2012',
    '1212.5701'
  )
} satisfies Record<string, Reference>
