/**
 * What an adapter reads: `output`, what the linear layer before it gives (Houlsby et al. 2019, section 2.1); `sum`, the
 * residual stream as the sublayer would leave it, its norm included where that comes after the sum (Pfeiffer et al.
 * 2021, appendix A). Both add to the sublayer's output.
 */
export type AdapterInput = 'output' | 'sum'
