function check_layer(layer, place)
    % CHECK_LAYER  Refuse a layer of a network's .mat file that is not as it must be.
    %
    %   bridge.schema.check_layer(layer, place) raises 'bridge:read_network:layer'
    %   with place, the layer's name, and what is wrong: a type or field that is not
    %   known, a field that is missing, a word that is none of the choices, an array
    %   of another class or size than its layer says.

    if ~isstruct(layer) || ~isscalar(layer)
        refuse(place, 'is no structure');
    end
    for name = {'Type', 'Name'}
        if ~isfield(layer, name{1}) || ~is_text(layer.(name{1}))
            refuse(place, 'has no %s', name{1});
        end
    end
    place = sprintf('%s ''%s''', place, layer.Name);
    kind = bridge.schema.kinds(layer.Type);
    if isempty(kind)
        refuse(place, 'has the unknown type ''%s''', layer.Type);
    end

    for k = 1:numel(kind.Sizes)
        require(layer, kind.Sizes{k}, place);
        check_size(layer, kind.Sizes{k}, place);
    end
    for k = 1:size(kind.Choices, 1)
        [name, words] = kind.Choices{k, :};
        require(layer, name, place);
        if ~ischar(layer.(name)) || ~any(strcmp(layer.(name), words))
            refuse(place, '%s must be one of %s', name, strjoin(words, ', '));
        end
    end
    for k = 1:numel(kind.Numbers)
        require(layer, kind.Numbers{k}, place);
        check_number(layer, kind.Numbers{k}, place);
    end
    for k = 1:size(kind.Mixed, 1)
        require(layer, kind.Mixed{k, 1}, place);
        check_mixed(layer, kind.Mixed{k, :}, place);
    end
    for name = {'InputSize', 'NumChannels', 'NumValueChannels', 'OutputSize'}
        if any(strcmp(name{1}, kind.Options)) && isfield(layer, name{1})
            check_size(layer, name{1}, place);
        end
    end

    initial = strcat('Initial', kind.States);
    arrays = [kind.Learnables, kind.Statistics, kind.States, initial];
    known = [{'Type', 'Name'}, kind.Sizes, kind.Numbers, kind.Choices(:, 1).', kind.Mixed(:, 1).', kind.Options, ...
             arrays, factors(kind.Learnables)];
    names = fieldnames(layer);
    for k = 1:numel(names)
        if ~any(strcmp(names{k}, known))
            refuse(place, 'has the unknown field %s', names{k});
        elseif any(strcmp(names{k}, arrays))
            check_array(layer, names{k}, place);
        end
    end
end

function names = factors(learnables)
    % What goes with a learnable: it matters to training only.
    names = {};
    for k = 1:numel(learnables)
        stem = learnables{k};
        if strcmp(stem, 'Weights')
            stem = 'Weight';
        end
        names = [names, {[stem 'LearnRateFactor'], [stem 'L2Factor'], [learnables{k} 'Initializer']}]; %#ok<AGROW>
    end
end

function require(layer, name, place)
    if ~isfield(layer, name)
        refuse(place, 'has no %s', name);
    end
end

function check_size(layer, name, place)
    value = layer.(name);
    if ~isnumeric(value) || ~isscalar(value) || ~(value >= 1) || value ~= fix(value) || isinf(value)
        refuse(place, '%s must be a whole number of at least 1', name);
    end
end

function check_number(layer, name, place)
    if ~isnumeric(layer.(name)) || ~isscalar(layer.(name)) || ~isreal(layer.(name))
        refuse(place, '%s must be a number', name);
    end
end

function check_mixed(layer, name, words, count, least, place)
    value = layer.(name);
    if ischar(value)
        fits = any(strcmp(value, words));
    else
        fits = isnumeric(value) && numel(value) == count && all(value >= least & value == fix(value) & ~isinf(value));
    end
    if ~fits
        refuse(place, '%s must be one of %s, or %d whole numbers of at least %d', ...
               name, strjoin(words, ', '), count, least);
    end
end

function check_array(layer, name, place)
    value = layer.(name);
    if ~isfloat(value) || ~isreal(value) || issparse(value)
        refuse(place, '%s must be a real array of single or double, not %s', name, class(value));
    end
    stem = name;
    if strncmp(name, 'Initial', 7)
        stem = name(8:end);
    end
    wanted = bridge.schema.array_size(layer, stem);
    given = size(value);
    given(end + 1:numel(wanted)) = 1;
    shared = {'Mean', 'StandardDeviation', 'Min', 'Max', 'Alpha'};
    one_for_all = any(strcmp(name, shared)) && isscalar(value);
    if ~one_for_all && (numel(given) ~= numel(wanted) || any(given ~= wanted & ~isnan(wanted)))
        refuse(place, '%s must be %s, not %s', name, spelled(wanted), spelled(given));
    end
end

function text = spelled(lengths)
    words = repmat({'?'}, size(lengths));
    for k = find(~isnan(lengths))
        words{k} = sprintf('%d', lengths(k));
    end
    text = strjoin(words, ' x ');
end

function yes = is_text(value)
    yes = ischar(value) && size(value, 1) == 1 && ~isempty(value);
end

function refuse(place, cause, varargin)
    error('bridge:read_network:layer', '%s %s', place, sprintf(cause, varargin{:}));
end
