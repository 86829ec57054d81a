import type { TypePolicies } from '@apollo/client';

export declare const possibleTypes: Record<string, string[]>;
export declare const typePolicies: TypePolicies;
