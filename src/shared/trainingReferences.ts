import { article, preprint, type Reference } from './referenceForms'

/** What is cited for training, and for what training changes. */
export const trainingReferences = {
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
  )
} satisfies Record<string, Reference>
