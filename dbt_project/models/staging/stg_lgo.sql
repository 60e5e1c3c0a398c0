select
    registry.lgo_code,
    registry.lgo_type,
    registry.name_th as short_name,
    concat(coalesce(lgo_type.name_prefix, ''), registry.name_th) as lgo_name,
    registry.district_th as district,
    registry.province_code,
    province.name_th as province,
    province.name_en as province_en,
    scope.lgo_code is not null as is_in_scope
from {{ ref('lgo_registry') }} as registry
left join {{ ref('lgo_type') }} as lgo_type on registry.lgo_type = lgo_type.lgo_type
left join {{ ref('province') }} as province on registry.province_code = province.province_code
left join {{ source('accepted', 'scope') }} as scope on registry.lgo_code = scope.lgo_code
