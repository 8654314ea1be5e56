import type { Flavour } from './install'

/** A wheel whose bytes are known beforehand: no index has to be asked for it. */
export interface PinnedWheel {
  project: string
  version: string
  /** Where the package index keeps it, below its root. */
  place: string
  /** Bytes. */
  size: number
  /** Lower-case hexadecimal. */
  sha256: string
}

/** The wheels of native TensorFlow by flavour and system, as the package index listed them in November 2026. */
const wheels: Readonly<Record<string, readonly PinnedWheel[]>> = {
  'cpu-linux-x64': [
    {
      project: 'tensorflow-cpu',
      version: '2.21.0',
      place:
        'packages/6f/07/a691049cb74276164d8449de9e25c4f51ad3111a3eba86358395d2552fc3/' +
        'tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl',
      size: 274_000_871,
      sha256: 'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb'
    }
  ],
  'cpu-linux-arm64': [
    {
      project: 'tensorflow',
      version: '2.21.0',
      place:
        'packages/20/a5/f139fbbd4e81a2e556170718698acf518a71a84927fa1dc1f5935b6ab3d2/' +
        'tensorflow-2.21.0-cp312-cp312-manylinux_2_27_aarch64.whl',
      size: 281_946_471,
      sha256: 'b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552'
    }
  ],
  'cpu-darwin-arm64': [
    {
      project: 'tensorflow',
      version: '2.21.0',
      place:
        'packages/39/59/27adba20bbd1088b00fc0e9232aa21493b4800af2299eb6005017a6053f4/' +
        'tensorflow-2.21.0-cp312-cp312-macosx_12_0_arm64.whl',
      size: 223_488_205,
      sha256: '56ecd7d47429acbe1df2694d50b75bf9fc3995ac92cb367cd9af6c4780ead712'
    }
  ],
  'cuda-linux-x64': [
    {
      project: 'nvidia-cublas-cu12',
      version: '12.9.3.13',
      place:
        'packages/7b/ea/9b6c36aef90766eebb4763aded157039e797ae9789c9c216e960d1d3cd47/' +
        'nvidia_cublas_cu12-12.9.3.13-py3-none-manylinux_2_27_x86_64.whl',
      size: 581_217_458,
      sha256: 'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72'
    },
    {
      project: 'nvidia-cuda-cupti-cu12',
      version: '12.8.90',
      place:
        'packages/f8/02/2adcaa145158bf1a8295d83591d22e4103dbfd821bcaf6f3f53151ca4ffa/' +
        'nvidia_cuda_cupti_cu12-12.8.90-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
      size: 10_248_621,
      sha256: 'ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182'
    },
    {
      project: 'nvidia-cuda-nvcc-cu12',
      version: '12.9.86',
      place:
        'packages/25/48/b54a06168a2190572a312bfe4ce443687773eb61367ced31e064953dd2f7/' +
        'nvidia_cuda_nvcc_cu12-12.9.86-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl',
      size: 40_546_229,
      sha256: '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0'
    },
    {
      project: 'nvidia-cuda-nvrtc-cu12',
      version: '12.9.86',
      place:
        'packages/b8/85/e4af82cc9202023862090bfca4ea827d533329e925c758f0cde964cb54b7/' +
        'nvidia_cuda_nvrtc_cu12-12.9.86-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl',
      size: 89_568_129,
      sha256: '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4'
    },
    {
      project: 'nvidia-cuda-runtime-cu12',
      version: '12.9.79',
      place:
        'packages/bc/46/a92db19b8309581092a3add7e6fceb4c301a3fd233969856a8cbf042cd3c/' +
        'nvidia_cuda_runtime_cu12-12.9.79-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
      size: 3_493_179,
      sha256: '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3'
    },
    {
      project: 'nvidia-cudnn-cu12',
      version: '9.28.0.42',
      place:
        'packages/ce/64/56ce3cad192cc75b50da3be44e36741ba963c84d3d2ca10aaa5ec16c49c3/' +
        'nvidia_cudnn_cu12-9.28.0.42-py3-none-manylinux_2_27_x86_64.whl',
      size: 716_538_495,
      sha256: '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375'
    },
    {
      project: 'nvidia-cufft-cu12',
      version: '11.4.1.4',
      place:
        'packages/95/f4/61e6996dd20481ee834f57a8e9dca28b1869366a135e0d42e2aa8493bdd4/' +
        'nvidia_cufft_cu12-11.4.1.4-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
      size: 200_877_592,
      sha256: 'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28'
    },
    {
      project: 'nvidia-curand-cu12',
      version: '10.3.10.19',
      place:
        'packages/31/44/193a0e171750ca9f8320626e8a1f2381e4077a65e69e2fb9708bd479e34a/' +
        'nvidia_curand_cu12-10.3.10.19-py3-none-manylinux_2_27_x86_64.whl',
      size: 68_295_626,
      sha256: '49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e'
    },
    {
      project: 'nvidia-cusolver-cu12',
      version: '11.7.5.82',
      place:
        'packages/33/40/79b0c64d44d6c166c0964ec1d803d067f4a145cca23e23925fd351d0e642/' +
        'nvidia_cusolver_cu12-11.7.5.82-py3-none-manylinux_2_27_x86_64.whl',
      size: 338_117_415,
      sha256: '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88'
    },
    {
      project: 'nvidia-cusparse-cu12',
      version: '12.5.10.65',
      place:
        'packages/12/46/b0fd4b04f86577921feb97d8e2cf028afe04f614d17fb5013de9282c9216/' +
        'nvidia_cusparse_cu12-12.5.10.65-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
      size: 366_465_088,
      sha256: '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78'
    },
    {
      project: 'nvidia-nccl-cu12',
      version: '2.32.3',
      place:
        'packages/f3/f8/9dce3698eed6fae28078eb38f748feb1665767693d8017c099de9fbf0b08/' +
        'nvidia_nccl_cu12-2.32.3-py3-none-manylinux_2_27_x86_64.whl',
      size: 351_526_311,
      sha256: 'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c'
    },
    {
      project: 'nvidia-nvjitlink-cu12',
      version: '12.9.86',
      place:
        'packages/46/0c/c75bbfb967457a0b7670b8ad267bfc4fffdf341c074e0a80db06c24ccfd4/' +
        'nvidia_nvjitlink_cu12-12.9.86-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl',
      size: 39_748_338,
      sha256: 'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9'
    },
    {
      project: 'tensorflow',
      version: '2.21.0',
      place:
        'packages/ce/d7/6e71b4ded8ce99cd21add95611ca14af6e9ad4f2baeabdeb79a4a6b3cb1f/' +
        'tensorflow-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl',
      size: 572_611_111,
      sha256: 'b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0'
    }
  ]
}

/**
 * The wheels to fetch without asking an index, with their addresses.
 * @param system `<platform>-<architecture>`
 * @param address where they are, with `{path}` (as the package index keeps them) or `{file}` (the name alone) in it;
 * null where none is configured
 * @returns null where no address is configured or no wheels are known
 */
export function pinnedWheels(
  flavour: Flavour,
  system: string,
  address: string | null
): (PinnedWheel & { url: string })[] | null {
  const pinned = wheels[`${flavour}-${system}`]
  if (!pinned || address === null) return null
  return pinned.map((wheel) => ({
    ...wheel,
    url: address.replace('{path}', wheel.place).replace('{file}', wheel.place.slice(wheel.place.lastIndexOf('/') + 1))
  }))
}
